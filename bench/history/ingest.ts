import { measureIngest } from '../store/ingest.ts';
import { printRow } from './print-row.ts';

/** Ingest flat out with synchronous FULL, also while a day is sealed, against append and fdatasync of the same bytes. */
const [raw, ...stores] = await measureIngest(3);
const perSecond = (snapshots: number) => `${Math.round(snapshots).toLocaleString('en')} snapshots/s`;
for (const { name, perSecond: figure } of stores) {
  printRow({
    what: `ingest: ${name}`,
    figure: perSecond(figure),
    goal: '0.9 of raw',
    peer: `${raw.name}: ${perSecond(raw.perSecond)}`,
    ratio: figure / raw.perSecond,
  });
}

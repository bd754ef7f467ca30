import { NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { openSpool, spoolLine } from './spool.ts';

/** Fills the spool of a folder until the process is killed, and says how many lines it took. */
const [folder, maxBytes] = process.argv.slice(2);
const spool = await openSpool({ folder, maxBytes: Number(maxBytes), onDropped: () => {} });
for (let n = 0; ; n += 10) {
  const lines = Array.from({ length: 10 }, (_, i) =>
    spoolLine(
      {
        ...{ timestamp: n + i, level: 'info', service: 'feed', message: String(n + i) },
        ...NO_CONTEXT,
        fields: {},
      },
      n,
    ),
  );
  await spool.push(lines);
  process.send?.(n + 10);
}

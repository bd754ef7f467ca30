import { stdout } from 'node:process';
import { VERSION } from '../../services.ts';

/** Reasons that are printed; the others are counted. */
const REASONS_SHOWN = 10;

/** Reads raw messages of venues with the connectors of this release, and writes what they give as a recording. */
export async function reparse(files: readonly string[], out: string): Promise<void> {
  const { reparseInto } = await import('../../services/feed/live/reparse-raw.ts');
  const { chains, ticks, rejected } = await reparseInto(files, out, VERSION);
  const number = (value: number) => value.toLocaleString('en');
  const all = [...rejected.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...rejected]
    .slice(0, REASONS_SHOWN)
    .map(([reason, count]) => `  ${number(count)} x ${reason}`);
  const lines = [
    `${out}: ${number(chains)} chains and ${number(ticks)} ticks; ${number(all)} parts rejected`,
  ];
  stdout.write(`${[...lines, ...reasons].join('\n')}\n`);
}

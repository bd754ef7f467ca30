import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { execPath, stdout } from 'node:process';
import { quantile } from '../measure/statistics.ts';
import { BATCH, measureIngest, QUOTES, SNAPSHOTS } from './ingest.ts';

/** Ingest flat out; a second process measures a steady 500 snapshots a second. */
const ROUNDS = 5;

const figure = (value: number, digits = 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
const rows = await measureIngest(ROUNDS);
const [raw] = rows;
stdout.write(
  [
    `Medians of ${ROUNDS} alternating rounds of ${figure(SNAPSHOTS)} snapshots of ${QUOTES} quotes in batches of ${BATCH}, synchronous FULL; file system ${fileSystem()}.`,
    '',
    '| | snapshots/s | quotes/s | of raw | put p50 / p99 ms | bytes per quote |',
    '|---|---:|---:|---:|---:|---:|',
    ...rows.map(({ name, perSecond, waits, bytesPerQuote }) =>
      [
        '',
        name,
        figure(perSecond),
        `${figure((perSecond * QUOTES) / 1e6, 2)}M`,
        `${figure((100 * perSecond) / raw.perSecond)}%`,
        `${figure(quantile(waits, 0.5), 1)} / ${figure(quantile(waits, 0.99), 1)}`,
        figure(bytesPerQuote, 1),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
    '',
    '',
  ].join('\n'),
);

const { pathname } = new URL('./paced.ts', import.meta.url);
const paced = spawnSync(execPath, [pathname], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
if (paced.status !== 0) throw new Error(`${pathname} failed with exit code ${paced.status}`);
stdout.write(`${paced.stdout}\n`);

/** The file system of the temporary folder, by its number, for a memory file system syncs for free. */
function fileSystem(): string {
  return `0x${statfsSync(tmpdir()).type.toString(16)}`;
}

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage, stdout } from 'node:process';
import { createFileLogStore } from '../../packages/server/src/adapters/log-files/log-store-files.ts';
import { quantile } from '../measure/statistics.ts';
import { createLines, RARE_TEXT } from './lines.ts';
import { measureTrigrams } from './trigrams.ts';

/** Of a day of a busy platform. */
const LINES = 1_000_000;
const BATCH = 1_000;
/** Each search is done so often. */
const ROUNDS = 9;
const FROM_MS = Date.UTC(2026, 10, 27);

const figure = (value: number, digits = 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });

const folder = mkdtempSync(join(tmpdir(), 'bench-logging-'));
const store = await createFileLogStore({ folder });
const next = createLines(FROM_MS);
let [rawBytes, wallMs, processorMs] = [0, 0, 0];
let last = '';
for (let i = 0; i < LINES; i += BATCH) {
  const lines = next(BATCH);
  for (const line of lines) rawBytes += Buffer.byteLength(line) + 1;
  const [before, begun] = [cpuUsage(), performance.now()];
  await store.appendLines(lines, { maxLine: 16_384, maxMessage: 4_096, nowMs: 0 });
  wallMs += performance.now() - begun;
  const used = cpuUsage(before);
  processorMs += (used.user + used.system) / 1_000;
  last = lines[BATCH - 1];
}

const bytesOf = (prefix: string) =>
  readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
const [segments, index] = [bytesOf('segment-'), bytesOf('index-')];

const SEARCHES: readonly (readonly [string, () => Promise<readonly unknown[]>])[] = [
  ['the latest 100 lines', () => store.query({ limit: 100 })],
  ['text that is in one line', () => store.query({ texts: [RARE_TEXT], limit: 100 })],
  ['text that is nowhere', () => store.query({ texts: ['connection reset by peer'], limit: 100 })],
  ['text that is in a seventh of the lines', () => store.query({ texts: ['venue silent'], limit: 100 })],
  [
    'text that is nowhere, though its parts are everywhere',
    () =>
      store.query({ texts: ['silent for nifty","fields":{"expiry":"2026-08-25","strikes":999'], limit: 100 }),
  ],
  ['an event of an account', () => store.query({ event: 'venue_silent', userId: '123', limit: 100 })],
  [
    'one trace',
    () => store.query({ traceId: (JSON.parse(last) as { trace_id: string }).trace_id, limit: 1_000 }),
  ],
  [
    'histogram: each minute, by level',
    () => store.count({}, { by: ['level'], stepMs: 60_000, maxGroups: 10_000 }),
  ],
  [
    'errors by product',
    () => store.count({ minLevel: 'error' }, { by: ['product'], stepMs: null, maxGroups: 100 }),
  ],
  [
    'all lines by service and event',
    () => store.count({}, { by: ['service', 'event'], stepMs: null, maxGroups: 1_000 }),
  ],
];
const rows: string[] = [];
for (const [what, search] of SEARCHES) {
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    found = (await search()).length;
    times.push(performance.now() - begun);
  }
  const cells = [figure(times[0], 1), figure(quantile(times, 0.5), 1), figure(Math.max(...times), 1)];
  rows.push(`| ${what} | ${figure(found)} | ${cells.join(' | ')} |`);
}
await store.close();
rmSync(folder, { recursive: true });

const peer = measureTrigrams(createLines(FROM_MS)(100_000));
stdout.write(
  [
    `${figure(LINES)} lines, ${figure(rawBytes / LINES)} bytes each, in batches of ${figure(BATCH)}: read, appended, compressed and indexed.`,
    '',
    '| | lines/s | lines/s of a core | segments of raw | index of raw |',
    '|---|---:|---:|---:|---:|',
    `| the log store | ${figure((1_000 * LINES) / wallMs)} | ${figure((1_000 * LINES) / processorMs)} | ${figure(segments / rawBytes, 3)} | ${figure(index / rawBytes, 3)} |`,
    ...peer.map(
      ({ name, linesPerSecond, share }) =>
        `| ${name}: index alone | | ${figure(linesPerSecond)} | | ${figure(share, 3)} |`,
    ),
    '',
    '| search | found | first, ms | median, ms | longest, ms |',
    '|---|---:|---:|---:|---:|',
    ...rows,
    '',
  ].join('\n'),
);

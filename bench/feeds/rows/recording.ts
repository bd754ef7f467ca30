import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MARKET_CHAINS } from '@deltastream/contracts';
import { createMeter } from '../../../packages/server/src/kit/health/meter.ts';
import { silentLogger } from '../../../packages/server/src/kit/logging/log.ts';
import { systemClock } from '../../../packages/server/src/ports/clock.ts';
import { RECORD } from '../../../packages/server/src/services/feed/record/record-settings.ts';
import { openRecorder } from '../../../packages/server/src/services/feed/record/recorder.ts';
import { createSyntheticSource } from '../../../packages/server/src/services/feed/synthetic/synthetic-source.ts';
import { median } from '../../measure/statistics.ts';
import { printRows } from '../print-rows.ts';

/** Chains of the synthetic market, as the feed gives them to the bus, with and without a recording. */
const ROUNDS = 7;
const CHAINS_A_ROUND = 2_000;

const source = createSyntheticSource({ startMs: Date.UTC(2026, 7, 3, 4), syntheticHistory: 0 });
const items = source[Symbol.asyncIterator]();
const folder = mkdtempSync(join(tmpdir(), 'bench-recording-'));
const recorder = await openRecorder(
  { ...RECORD.defaults, record: `${folder}/`, release: 'bench' },
  { clock: systemClock, logger: silentLogger, registry: createMeter('bench').registry, source: 'synthetic' },
);

const microseconds = ({ user, system }: { user: number; system: number }) => user + system;
const measured = { without: [] as number[], feed: [] as number[], all: [] as number[] };
let [chains, bytes, quotes] = [0, 0, 0];
for (let round = -2; round < ROUNDS; round++) {
  const made = [];
  while (made.length < CHAINS_A_ROUND) {
    const { value, done } = await items.next();
    if (done) throw new Error('the synthetic market ended');
    if (value.kind === 'chain') made.push(value.chain);
  }
  const encoding = process.threadCpuUsage();
  const frames = made.map((chain) => MARKET_CHAINS.frames.encode(chain));
  const without = microseconds(process.threadCpuUsage(encoding)) / made.length;
  const all = process.cpuUsage();
  const feed = process.threadCpuUsage();
  for (const [i, frame] of frames.entries()) recorder.published('chain', made[i], frame);
  await recorder.written();
  const [inFeed, inAll] = [process.threadCpuUsage(feed), process.cpuUsage(all)];
  for (const [i, frame] of frames.entries()) {
    bytes += frame.length;
    quotes += 2 * made[i].columns.count;
  }
  chains += frames.length;
  if (round < 0) continue;
  measured.without.push(without);
  measured.feed.push(microseconds(inFeed) / frames.length);
  measured.all.push(microseconds(inAll) / frames.length);
}
await source.close();
await recorder.close();
const written = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
rmSync(folder, { recursive: true });
printRows([
  {
    what: 'recording: a chain, on the thread of the feed',
    figure: median(measured.feed),
    unit: 'µs',
    goal: 10,
    is: 'at most',
    remark: `encoding it takes ${median(measured.without).toFixed(1)}, recorded or not`,
  },
  {
    what: 'recording: a chain, compression on other threads included',
    figure: median(measured.all),
    unit: 'µs',
    goal: 60,
    is: 'at most',
    remark: `${(quotes / chains).toFixed(0)} quotes; ${(bytes / quotes).toFixed(1)} bytes a quote on the bus, ${(written / quotes).toFixed(1)} in the file`,
  },
]);

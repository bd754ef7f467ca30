import { availableParallelism, loadavg } from 'node:os';
import { median } from '../statistics.ts';
import { type Latency, measureLatency } from './latency.ts';
import { frameBytes, measureThroughput, type Throughput } from './throughput.ts';

/** Services as processes on a real Redis: what it carries, and how fast. */
const CHAINS = 8_000;
const ROUNDS = 3;

const loadBefore = loadavg()[0];
const one: Throughput[] = [];
const two: Throughput[] = [];
const latencies: Latency[] = [];
for (let round = 0; round < ROUNDS; round++) {
  one.push(await measureThroughput(1, CHAINS));
  two.push(await measureThroughput(2, CHAINS));
  latencies.push(await measureLatency());
}
const bytes = await frameBytes();

const of = (rounds: Throughput[], key: keyof Throughput) => median(rounds.map((round) => round[key]));
const row = (name: string, rounds: Throughput[]) =>
  `| ${name} | ${of(rounds, 'chainsPerSecond').toFixed(0)} | ${(
    ['enricherMicroseconds', 'storageMicroseconds', 'redisMicroseconds', 'publisherMicroseconds'] as const
  )
    .map((key) => of(rounds, key).toFixed(0))
    .join(' | ')} |`;
const latency = (key: keyof Latency) => median(latencies.map((round) => round[key]));

process.stdout.write(
  [
    `Redis, publisher, enrichers, storage (SQLite, full durability) and socket gateway as processes on ` +
      `${availableParallelism()} cores; load of the machine before: ${loadBefore.toFixed(1)}. ` +
      `Medians of ${ROUNDS} interleaved rounds.`,
    '',
    `${CHAINS} chains of 200 rows, from publish to stored and acknowledged; processor time of one chain by process:`,
    '',
    '| enrichers | chains/s | enrichers us | storage us | Redis us | publisher us |',
    '|---|---|---|---|---|---|',
    row('1', one),
    row('2', two),
    '',
    `Two enrichers to one: ${(of(two, 'chainsPerSecond') / of(one, 'chainsPerSecond')).toFixed(2)} ` +
      '(goal: 2,000 chains/s, 1.7 where cores allow).',
    `Frames: raw ${bytes.raw} bytes, enriched ${bytes.enriched} bytes (goal: at most 30 KB).`,
    '',
    '1,000 ticks/s over 100 products, feed to client, one client in all rooms, storing:',
    '',
    '| updates | p50 ms | p99 ms | max ms |',
    '|---|---|---|---|',
    `| ${latency('updates')} | ${latency('p50Ms').toFixed(2)} | ${latency('p99Ms').toFixed(2)} | ${latency('maxMs').toFixed(1)} |`,
    '',
    'Goal: p50 < 4 ms, p99 < 20 ms.',
    '',
  ].join('\n'),
);

import { availableParallelism, loadavg } from 'node:os';
import { median } from '../measure/statistics.ts';
import { frameSizes } from './frame-sizes.ts';
import { type Latency, measureLatency } from './latency.ts';
import { measureThroughput, type ProcessorTime, type Throughput } from './throughput.ts';

/** Services as processes on a real Redis: what it carries, and how fast. */
const ROUNDS = 3;
const CHAINS = 10_000;
/** Small enough that two enrichers leave cores idle, so that enrichers are what limits. */
const LIMITED_CHAINS = 6_000;
const ENRICHER_SHARE = 0.2;
const PROCESSES = ['publisher', 'redis', 'enrichers', 'storage'] as const;

const loadBefore = loadavg()[0];
const free: Throughput[][] = [[], []];
const limited: Throughput[][] = [[], []];
const latencies: Latency[] = [];
for (let round = 0; round < ROUNDS; round++) {
  for (const enrichers of [1, 2]) {
    free[enrichers - 1].push(await measureThroughput({ enrichers, chains: CHAINS }));
  }
  for (const enrichers of [1, 2]) {
    const options = { enrichers, chains: LIMITED_CHAINS, enricherShare: ENRICHER_SHARE };
    limited[enrichers - 1].push(await measureThroughput(options));
  }
  latencies.push(await measureLatency());
}

const rate = (rounds: readonly Throughput[]) => median(rounds.map((each) => each.chainsPerSecond));
const time = (rounds: readonly Throughput[], process: keyof ProcessorTime) =>
  median(rounds.map(({ microseconds }) => microseconds[process]));
const row = (rounds: readonly Throughput[], i: number) => {
  const times = PROCESSES.map((process) => time(rounds, process));
  const total = times.reduce((sum, each) => sum + each, 0);
  const cores = (total * rate(rounds)) / 1e6;
  const cells = [rate(rounds), ...times, total].map((value) => value.toFixed(0));
  return `| ${i + 1} | ${cells.join(' | ')} | ${cores.toFixed(2)} |`;
};
const table = (rounds: readonly Throughput[][]) => [
  '| enrichers | chains/s | publisher us | Redis us | enrichers us | storage us | all us | cores busy |',
  '|---:|---:|---:|---:|---:|---:|---:|---:|',
  ...rounds.map(row),
];
const ratio = ([one, two]: readonly Throughput[][]) => (rate(two) / rate(one)).toFixed(2);
const latency = (key: keyof Latency) => median(latencies.map((round) => round[key]));

process.stdout.write(
  [
    `Redis, publisher, enrichers, storage (SQLite, full durability) and socket gateway as processes on ` +
      `${availableParallelism()} cores; load of the machine before: ${loadBefore.toFixed(1)}. ` +
      `Medians of ${ROUNDS} interleaved rounds.`,
    '',
    `${CHAINS} chains of 200 rows, from publish to stored and acknowledged, everything sharing the cores; ` +
      'processor time of one chain by process (all its threads):',
    '',
    ...table(free),
    '',
    `Two enrichers to one: ${ratio(free)}; here the cores are the limit. Goal with two: 2,000 chains/s.`,
    '',
    `The same with each enricher held to ${ENRICHER_SHARE * 100}% of a core (stopped by a signal while it has used ` +
      `more), ${LIMITED_CHAINS} chains, so that enrichers are the limit and cores are not:`,
    '',
    ...table(limited),
    '',
    `Two enrichers to one: ${ratio(limited)} (goal: at least 1.7 where cores allow).`,
    '',
    'Bytes on the bus of one chain of 200 rows (goal: at most 30,000, whatever is filled):',
    '',
    '| chain | raw | enriched |',
    '|---|---:|---:|',
    ...frameSizes().map(({ what, raw, enriched }) => `| ${what} | ${raw} | ${enriched} |`),
    '',
    '1,000 ticks/s over 100 products, feed to client, one client in all rooms, storing:',
    '',
    '| updates | p50 ms | p99 ms | max ms |',
    '|---:|---:|---:|---:|',
    `| ${latency('updates')} | ${latency('p50Ms').toFixed(2)} | ${latency('p99Ms').toFixed(2)} | ${latency('maxMs').toFixed(1)} |`,
    '',
    'Goal: p50 < 4 ms, p99 < 20 ms.',
    '',
  ].join('\n'),
);

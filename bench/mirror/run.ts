import { availableParallelism, loadavg } from 'node:os';
import { median } from '../measure/statistics.ts';
import { measureThroughput, type Throughput } from '../pipeline/throughput.ts';

/** What it costs the pipeline that its results are published as JSON. */
const ROUNDS = 3;
const CHAINS = 10_000;
const ENRICHERS = 2;

const loadBefore = loadavg()[0];
const off: Throughput[] = [];
const on: Throughput[] = [];
for (let round = 0; round < ROUNDS; round++) {
  off.push(await measureThroughput({ enrichers: ENRICHERS, chains: CHAINS }));
  on.push(await measureThroughput({ enrichers: ENRICHERS, chains: CHAINS, mirror: true }));
}
const rate = (rounds: readonly Throughput[]) => median(rounds.map((each) => each.chainsPerSecond));
const row = (name: string, rounds: readonly Throughput[]) => {
  const times = (['redis', 'mirror'] as const).map((process) =>
    median(rounds.map(({ microseconds }) => microseconds[process])).toFixed(0),
  );
  return `| ${name} | ${rate(rounds).toFixed(0)} | ${times.join(' | ')} |`;
};

process.stdout.write(
  [
    `The pipeline of ${CHAINS} chains of 200 rows over Redis with ${ENRICHERS} enrichers, everything sharing ` +
      `${availableParallelism()} cores, without a mirror and with one; load of the machine before: ${loadBefore.toFixed(1)}. ` +
      `Medians of ${ROUNDS} interleaved rounds; processor time of one chain.`,
    '',
    '| mirror | chains/s | Redis us | mirror us |',
    '|---|---:|---:|---:|',
    row('off', off),
    row('on', on),
    '',
    `With to without: ${(rate(on) / rate(off)).toFixed(2)} (goal: at least 0.90).`,
    '',
  ].join('\n'),
);

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { cpuUsage, memoryUsage, stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSqliteMarketStore } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import { median, quantile } from '../measure/statistics.ts';
import { createMarket } from './market.ts';

/** A steady 500 snapshots a second, each put alone, in a process of its own; medians of three runs. */
const PER_SECOND = 500;
const SECONDS = 10;
const RUNS = 3;
const STEP_MS = 10;

const market = createMarket(
  { products: 100, expiries: 5, strikes: 100, variants: 1, seed: 1 },
  Date.UTC(2026, 7, 19, 3, 45),
  1000,
);

async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-store-paced-'));
  const store = await createSqliteMarketStore({ folder });
  const waits: number[] = [];
  const puts: Promise<void>[] = [];
  let at = 0;
  let round = 0;
  let chains = market.at(round);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const idle = cpuUsage();
  const begun = performance.now();
  delay.enable();
  for (let sent = 0; sent < PER_SECOND * SECONDS; ) {
    const due = Math.min(PER_SECOND * SECONDS, ((performance.now() - begun) / 1000) * PER_SECOND);
    for (; sent < due; sent++) {
      if (at === chains.length) {
        chains = market.at(++round);
        at = 0;
      }
      const put = performance.now();
      puts.push(store.putSnapshots([chains[at++]]).then(() => void waits.push(performance.now() - put)));
    }
    await sleep(STEP_MS);
  }
  await Promise.all(puts);
  delay.disable();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = cpuUsage(idle);
  const result = {
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
    // The monitor's timer fires once a millisecond; what it reports beyond that is delay.
    loop: Math.max(0, delay.percentile(99) / 1e6 - 1),
    core: (user + system) / 1e6 / seconds,
    rss: memoryUsage.rss() / 2 ** 20,
  };
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return result;
}

await run();
const runs: Awaited<ReturnType<typeof run>>[] = [];
for (let i = 0; i < RUNS; i++) runs.push(await run());
const of = (name: keyof (typeof runs)[number]) => median(runs.map((each) => each[name]));
stdout.write(
  [
    `At a steady ${PER_SECOND} snapshots a second, each put alone (medians of ${RUNS} runs of ${SECONDS} s; the process also holds its test data):`,
    '',
    '| acknowledge p50 / p99 ms | event-loop delay p99 ms | CPU, all threads | RSS |',
    '|---:|---:|---:|---:|',
    `| ${of('p50').toFixed(1)} / ${of('p99').toFixed(1)} | ${of('loop').toFixed(1)} | ${(100 * of('core')).toFixed(0)}% of a core | ${of('rss').toFixed(0)} MiB |`,
    '',
  ].join('\n'),
);

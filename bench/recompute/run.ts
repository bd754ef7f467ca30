import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process, { stdout } from 'node:process';
import { createColumnMemory, type EnrichedChain, type RecomputeOrder } from '@deltastream/contracts';
import { createSqliteMarketStore } from '../../packages/server/src/adapters/sqlite/market-store/market-store-sqlite.ts';
import type { MarketStore } from '../../packages/server/src/ports/stores/market/market-store.ts';
import { createFiguresAsOf } from '../../packages/server/src/services/analytics/product-figures/figures-as-of.ts';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';
import { recompute } from '../../packages/server/src/services/storage/recompute/recompute.ts';
import { quotesOf } from '../../packages/server/src/services/storage/recompute/stored-quotes.ts';
import { median } from '../measure/statistics.ts';
import { createMarket } from '../store/market.ts';

/**
 * Every figure of stored chains of 200 quotes again: read, enriched at another rate so that all of them change, compared,
 * written, on SQLite with synchronous FULL. Beside it in the same rounds the three parts alone, which nothing can be quicker than
 * on one processor: reading every snapshot, enriching each, putting each.
 */
const [ROUNDS, CHAINS, PRODUCTS, EXPIRIES] = [3, 6_000, 4, 5];
const START_MS = Date.UTC(2026, 7, 19, 3, 45);
const BATCH = 64;
const ORDER: RecomputeOrder = { from: '2026-08-19T00:00:00Z', to: '2026-08-20T00:00:00Z' };

const folder = mkdtempSync(join(tmpdir(), 'bench-recompute-'));
const store = await createSqliteMarketStore({ folder });
const shape = { products: PRODUCTS, expiries: EXPIRIES, strikes: 100, variants: 2, seed: 1 };
const market = createMarket(shape, START_MS, 5_000);
const chains: EnrichedChain[] = [];
for (let round = 0; chains.length < CHAINS; round++) {
  const batch = market.at(round);
  await store.putSnapshots(batch);
  chains.push(...batch);
}

interface Measured {
  readonly perSecond: number;
  /** Of the processor, all threads of the process. */
  readonly cpuMicroseconds: number;
  /** Of the thread that calls. */
  readonly threadMicroseconds: number;
}

async function measured(work: () => Promise<void>): Promise<Measured> {
  const [cpu, thread, begun] = [process.cpuUsage(), process.threadCpuUsage(), performance.now()];
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const [used, own] = [process.cpuUsage(cpu), process.threadCpuUsage(thread)];
  return {
    perSecond: CHAINS / seconds,
    cpuMicroseconds: (used.user + used.system) / CHAINS,
    threadMicroseconds: (own.user + own.system) / CHAINS,
  };
}

const run = (to: MarketStore, rate: number, timeShare: number) =>
  recompute(
    {
      store: to,
      writer: to,
      sources: { enrich: createChainEnricher({ rate }, createColumnMemory()), ...createFiguresAsOf(to) },
      mark: null,
      report: async () => undefined,
      signal: new AbortController().signal,
    },
    ORDER,
    { turnMs: 4, timeShare, reportMs: 500 },
  );

const enrich = createChainEnricher({ rate: 0.05 });
const parts = {
  async read() {
    for (const { product } of await store.products()) {
      for (const { expiry } of await store.expiries(product)) {
        const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: CHAINS };
        for await (const _ of store.snapshots(product, expiry, range));
      }
    }
  },
  async enrich() {
    for (const chain of chains) enrich(quotesOf(chain));
  },
  async put() {
    let puts: Promise<void>[] = [];
    for (let i = 0; i < chains.length; i += BATCH) {
      const again = chains.slice(i, i + BATCH).map((chain) => ({ ...chain, seq: chain.seq + 1 + CHAINS }));
      puts.push(store.putSnapshots(again));
      if (puts.length > 1) await puts.shift();
    }
    await Promise.all(puts);
    puts = [];
  },
} satisfies Record<string, () => Promise<void>>;

const results = new Map<string, Measured[]>();
const keep = (name: string, result: Measured) => results.set(name, [...(results.get(name) ?? []), result]);
let rss = 0;
for (let round = 0; round <= ROUNDS; round++) {
  // The first round warms up.
  for (const [name, work] of Object.entries(parts)) {
    const result = await measured(work);
    if (round > 0) keep(name, result);
  }
  const before = process.memoryUsage.rss();
  const result = await measured(async () => {
    const { chains_changed } = await run(store, 0.05 + 0.01 * round, 1);
    if (chains_changed !== CHAINS) throw new Error(`${chains_changed} of ${CHAINS} chains changed`);
  });
  if (round > 0) keep('recompute', result);
  rss = Math.max(rss, process.memoryUsage.rss() - before);
  const unchanged = await measured(async () => void (await run(store, 0.05 + 0.01 * round, 1)));
  if (round > 0) keep('unchanged', unchanged);
}

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
await run(store, 0.2, 0.5);
delay.disable();
await store.close();
rmSync(folder, { recursive: true });

const TITLES = {
  read: 'reading every snapshot',
  enrich: 'enriching each',
  put: 'putting each',
  recompute: '**recompute, every chain changed**',
  unchanged: 'recompute, no chain changed',
} as const;
const of = (name: string, field: keyof Measured) =>
  median((results.get(name) ?? []).map((each) => each[field]));
const rows = Object.entries(TITLES).map(([name, title]) => {
  const cpu = of(name, 'cpuMicroseconds');
  const perCore = Math.round(1e6 / cpu).toLocaleString('en');
  const perSecond = Math.round(of(name, 'perSecond')).toLocaleString('en');
  return `| ${title} | ${perSecond} | ${cpu.toFixed(0)} | ${of(name, 'threadMicroseconds').toFixed(0)} | ${perCore} |`;
});
const limit = ['read', 'enrich', 'put'].reduce((sum, name) => sum + of(name, 'cpuMicroseconds'), 0);
stdout.write(
  [
    `${CHAINS} chains of 200 quotes, medians of ${ROUNDS} rounds. Recompute takes ` +
      `${(of('recompute', 'cpuMicroseconds') / limit).toFixed(2)} of the processor time of its three parts.`,
    '',
    '| | chains/s | processor us a chain | of the calling thread | chains/s of one core |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    `Memory grew by at most ${(rss / 1e6).toFixed(0)} MB. At half of the thread's time (the default beside live data) the ` +
      `event loop was late by ${(delay.percentile(50) / 1e6).toFixed(1)} ms p50, ${(delay.percentile(99) / 1e6).toFixed(1)} ms p99.`,
    '',
  ].join('\n'),
);

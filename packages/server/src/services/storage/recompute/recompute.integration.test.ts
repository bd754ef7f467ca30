import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  createColumnMemory,
  type EnrichedChain,
  type RecomputeOrder,
  type RecomputeProgress,
} from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { ALL, collect } from '../../../ports/stores/market/market-store-stand.fixture.ts';
import { createFiguresAsOf } from '../../analytics/product-figures/figures-as-of.ts';
import { createChainEnricher } from '../../enricher/chain/enrich-chain.ts';
import {
  currentChain,
  EXPIRIES,
  FIRST_MS,
  ORDER,
  outdatedChain,
  quotesAt,
} from './outdated-chains.fixture.ts';
import { type RecomputePorts, recompute } from './recompute.ts';
import { createMarkFile } from './recompute-mark.ts';

const [NEAR, FAR] = EXPIRIES;
const STEPS = [0, 1, 2, 3, 4];
let folder: string;
let store: MarketStore;
const open = async () => {
  store = await createSqliteMarketStore({ folder, commitIntervalMs: 1 });
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'recompute-'));
  await open();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const run = (order: RecomputeOrder = ORDER, ports: Partial<RecomputePorts> = {}, reportMs = 0) =>
  recompute(
    {
      store,
      writer: store,
      sources: { enrich: createChainEnricher({}, createColumnMemory()), ...createFiguresAsOf(store) },
      mark: null,
      report: async () => undefined,
      signal: new AbortController().signal,
      ...ports,
    },
    order,
    { turnMs: 0, timeShare: 1, reportMs },
  );
const stored = (expiry: string = NEAR) => collect(store.snapshots('NIFTY', expiry, ALL));
const figuresAt = async (atMs: number) => {
  const { productFigures, stop } = createFiguresAsOf(store);
  return productFigures('NIFTY', atMs).finally(stop);
};
const put = (...chains: EnrichedChain[]) => store.putSnapshots(chains);
const changeOf = ({ figures }: RecomputeProgress, name: string) =>
  figures.find(({ figure }) => figure === name);

it('gives every stored chain the figures of today, at its time and version, and its history, too', async () => {
  await put(...EXPIRIES.flatMap((expiry) => STEPS.map((step) => outdatedChain(quotesAt(step, expiry)))));
  const result = await run();
  expect(result).toMatchObject({ share: 1, chains: 10, chains_changed: 10, damaged_count: 0 });
  for (const expiry of EXPIRIES) {
    const now = STEPS.map((step) => currentChain(quotesAt(step, expiry)));
    expect(await stored(expiry)).toEqual(now);
    const history = await store.summaries('NIFTY', expiry, ALL);
    expect(history.map(({ rr25 }) => rr25)).toEqual(now.map(({ summary }) => summary.rr25));
  }
  expect(await store.counts()).toMatchObject({ snapshots: 10 });
  expect(await run()).toMatchObject({ chains: 10, chains_changed: 0, figures: [] });
});

it('enriches the quotes alone: no figure, guess or flag of before is an input', async () => {
  const quotes = quotesAt(0, NEAR, { price_tick: null, spot: null, quality: ['partial'] });
  // As they would be quoted: in steps of 0.05.
  for (const [i, cell] of quotes.columns.values.entries())
    quotes.columns.values[i] = Math.round(20 * cell) / 20;
  const once = currentChain(quotes);
  expect(once.quality).toContain('tick_inferred');
  await put({ ...once, price_tick: 50, quality: [...once.quality, 'crossed', 'calendar_unknown'] });
  expect(await run()).toMatchObject({ chains_changed: 1 });
  expect(await stored()).toEqual([once]);
});

it('takes ranges, products and figures; what is not named stays as it is stored', async () => {
  const before = STEPS.map((step) => outdatedChain(quotesAt(step)));
  await put(...before, outdatedChain(quotesAt(0, NEAR, { product: 'BANKNIFTY' })));
  const from = new Date(FIRST_MS + 60_000).toISOString();
  const to = new Date(FIRST_MS + 120_000).toISOString();
  const result = await run({ from, to, products: ['NIFTY'], figures: ['rr25'] });
  expect(result).toMatchObject({ chains: 1, chains_changed: 1 });
  const { rr25 } = currentChain(quotesAt(1)).summary;
  const { rr25: _, ...reasons } = before[1].summary.null_reasons;
  before[1] = { ...before[1], summary: { ...before[1].summary, rr25, null_reasons: reasons } };
  expect(await stored()).toEqual(before);
});

it('says in a dry run what would change, with the largest difference, and changes nothing', async () => {
  const before = [outdatedChain(quotesAt(0)), currentChain(quotesAt(1))];
  await put(...before);
  const result = await run({ ...ORDER, dry_run: true }, { writer: null });
  expect(result).toMatchObject({ chains: 2, chains_changed: 1 });
  expect(result.figures.map(({ figure }) => figure)).toEqual(['iv', 'rr25']);
  const iv = changeOf(result, 'iv');
  expect(iv).toMatchObject({ level: 'contract', chains: 1 });
  expect(iv?.values).toBeGreaterThan(5);
  expect(iv?.largest_difference).toBeCloseTo(0.01, 9);
  expect(iv?.where).toMatch(/^NIFTY 2026-08-26 at 2026-08-19T06:00:00\.000Z, \d+ call$/);
  expect(changeOf(result, 'rr25')).toMatchObject({ level: 'chain', stored: null, largest_difference: null });
  expect(await stored()).toEqual(before);
});

it('never takes the place of what a feed or an import brought meanwhile', async () => {
  await put(outdatedChain(quotesAt(0)), outdatedChain(quotesAt(1)));
  const live = currentChain(quotesAt(7, NEAR, { timestamp: FIRST_MS, seq: 99 }));
  const imported = currentChain(quotesAt(8, NEAR, { timestamp: FIRST_MS + 60_000, generation: 5 }));
  await run(ORDER, {
    writer: {
      ...store,
      async putSnapshots(chains) {
        await put(live, imported);
        await store.putSnapshots(chains);
      },
    },
  });
  expect(await stored()).toEqual([live, imported]);
});

it('leaves the counts of an import as they were', async () => {
  await put(outdatedChain(quotesAt(0, NEAR, { generation: 3 })));
  const counts = await store.importCounts(3);
  expect(await run()).toMatchObject({ chains_changed: 1 });
  expect(await store.importCounts(3)).toEqual(counts);
});

it('names what is damaged, leaves it, and recomputes the others', async () => {
  await put(...STEPS.map((step) => outdatedChain(quotesAt(step))));
  await store.close();
  const database = new DatabaseSync(join(folder, 'hot-20260819.db'));
  const at = (step: number) => FIRST_MS + 60_000 * step;
  database.exec(
    `UPDATE snap SET data = zeroblob(40) WHERE ts = ${at(1)}; DELETE FROM snap WHERE ts = ${at(3)}`,
  );
  database.close();
  await open();
  const result = await run();
  expect(result).toMatchObject({ chains: 3, chains_changed: 3, damaged_count: 2 });
  expect(result.damaged).toEqual([
    expect.stringMatching(/hot-20260819\.db.*NIFTY 2026-08-26 at 2026-08-19T06:01/),
    expect.stringMatching(/hot-20260819\.db.*NIFTY 2026-08-26 at 2026-08-19T06:03.*missing/),
  ]);
  expect(await store.asOf('NIFTY', NEAR, at(4))).toEqual(currentChain(quotesAt(4)));
});

it('puts what it computed before a row without which it finds nothing more', async () => {
  await put(...STEPS.map((step) => outdatedChain(quotesAt(step))));
  const figures = await Promise.all(STEPS.map((step) => figuresAt(FIRST_MS + 60_000 * step)));
  await store.putProductFigures(
    figures.map((each) => ({ ...each, values: { ...each.values, total_gex_gross: 1 } })),
  );
  await store.close();
  const damage = (file: string, sql: string) => {
    const database = new DatabaseSync(join(folder, file));
    expect(database.prepare(`${sql} WHERE ts = ${FIRST_MS + 60_000 * 3}`).run().changes).toBe(1);
    database.close();
  };
  damage('hot-20260819.db', 'UPDATE snap SET data = zeroblob(40)');
  damage('main.db', 'UPDATE summary SET pcr_oi = 9');
  await open();
  // In one batch.
  const result = await run(ORDER, {}, 60_000);
  expect(result).toMatchObject({ chains_changed: 3, moments_changed: 4 });
  const before = { ...ALL, toMs: FIRST_MS + 60_000 * 3 };
  expect(await collect(store.snapshots('NIFTY', NEAR, before))).toEqual(
    [0, 1, 2].map((step) => currentChain(quotesAt(step))),
  );
  const moments = await store.productFigures('NIFTY', ALL);
  const areOld = moments.map(({ values }) => values.total_gex_gross === 1);
  expect(areOld).toEqual([false, false, false, true, false]);
});

it('goes on where an interrupted run of the same order was, and begins again for another', async () => {
  await put(...EXPIRIES.flatMap((expiry) => STEPS.map((step) => outdatedChain(quotesAt(step, expiry)))));
  const marks = join(folder, 'marks');
  const stopping = new AbortController();
  const enrich = createChainEnricher({});
  let enriched = 0;
  const counted = (): RecomputePorts['sources'] => ({
    enrich(quotes) {
      enriched++;
      if (quotes.expiry === FAR && quotes.seq === 3) stopping.abort(new Error('pulled the plug'));
      return enrich(quotes);
    },
    ...createFiguresAsOf(store),
  });
  const mark = createMarkFile(marks, ORDER);
  await expect(run(ORDER, { sources: counted(), mark, signal: stopping.signal })).rejects.toThrow(
    'pulled the plug',
  );
  expect(enriched).toBeLessThan(10);
  const before = enriched;
  const result = await run(ORDER, { sources: counted(), mark });
  expect(result.resumed_at).toMatch(/^NIFTY 2026-0/);
  expect(enriched).toBeLessThan(before + 10);
  expect(result).toMatchObject({ chains: 10, chains_changed: 10 });
  expect(await stored(FAR)).toEqual(STEPS.map((step) => currentChain(quotesAt(step, FAR))));
  expect(await mark.read()).toBeNull();
});

it('computes the stored figures of a product again from its recomputed chains', async () => {
  await put(...EXPIRIES.map((expiry) => currentChain(quotesAt(0, expiry))));
  const figures = await figuresAt(FIRST_MS);
  const values = { ...figures.values, total_gex_gross: 1, iv_nearest: null };
  await store.putProductFigures([{ ...figures, values }]);
  const dry = await run({ ...ORDER, dry_run: true }, { writer: null });
  expect(dry).toMatchObject({ moments: 1, moments_changed: 1 });
  expect(changeOf(dry, 'total_gex_gross')).toMatchObject({ level: 'product', stored: 1 });
  await run({ ...ORDER, figures: ['iv_nearest'] });
  expect((await store.productFigures('NIFTY', ALL))[0].values).toEqual({
    ...figures.values,
    total_gex_gross: 1,
  });
  expect(await run()).toMatchObject({ moments: 1, moments_changed: 1, chains_changed: 0 });
  expect((await store.productFigures('NIFTY', ALL))[0].values).toEqual(figures.values);
});

it('leaves the figures of a product at moments whose chains were removed', async () => {
  await put(...EXPIRIES.map((expiry) => currentChain(quotesAt(0, expiry))));
  const figures = await figuresAt(FIRST_MS);
  expect(figures.values.volatility_index_30d).not.toBeNull();
  const values = { ...figures.values, total_gex_gross: 1 };
  await store.putProductFigures([{ ...figures, values }]);
  await store.close();
  rmSync(join(folder, 'hot-20260819.db'));
  await open();
  expect(await run()).toMatchObject({ moments: 0, moments_changed: 0, damaged_count: 0 });
  expect((await store.productFigures('NIFTY', ALL))[0].values).toEqual(values);
});

it('goes past moments that cannot be computed, and keeps ranks of sessions that are stored no more', async () => {
  await put(...EXPIRIES.flatMap((expiry) => STEPS.map((step) => currentChain(quotesAt(step, expiry)))));
  const figures = await figuresAt(FIRST_MS);
  const ranks = { iv_rank: 50, iv_percentile: 40, iv_observations: 100 };
  const at = (step: number) => FIRST_MS + 60_000 * step;
  const before = { ...figures.values, ...ranks, iv_nearest: 1 };
  await store.putProductFigures(STEPS.map((step) => ({ ...figures, timestamp: at(step), values: before })));
  const result = await run(ORDER, {
    sources: {
      enrich: createChainEnricher({}),
      stop: async () => undefined,
      async productFigures(_product, timestamp) {
        if (timestamp === at(0)) throw new DeltaStreamError('no_data', 'no chain of NIFTY is stored');
        if (timestamp === at(1)) throw new DeltaStreamError('stored_data_damaged', 'hot-20260819.db: 1 row');
        const now = { ...figures, timestamp, values: { ...figures.values, iv_nearest: 2 } };
        if (timestamp === at(2)) return { ...now, progress: figures.progress - 1 };
        if (timestamp === at(3)) return now;
        return { ...now, values: { ...now.values, ...ranks, iv_rank: 60 } };
      },
    },
  });
  expect(result).toMatchObject({ moments: 2, moments_changed: 2, damaged_count: 1 });
  expect(result.damaged).toEqual(['figures of NIFTY at 2026-08-19T06:01:00.000Z: hot-20260819.db: 1 row']);
  const stored = await store.productFigures('NIFTY', ALL);
  expect(stored.map(({ values }) => values)).toEqual([
    before,
    before,
    before,
    { ...before, iv_nearest: 2 },
    { ...before, iv_nearest: 2, iv_rank: 60 },
  ]);
});

it('refuses a product that is not stored and a range that is none', async () => {
  await expect(run({ ...ORDER, products: ['GOLD'] })).rejects.toMatchObject({ code: 'unknown_product' });
  await expect(run({ ...ORDER, to: ORDER.from })).rejects.toMatchObject({ code: 'invalid_request' });
});

it('stops what it computes with, however it ends', async () => {
  await put(outdatedChain(quotesAt(0)));
  const stop = vi.fn(async () => undefined);
  const sources = { enrich: createChainEnricher({}), ...createFiguresAsOf(store), stop };
  await run(ORDER, { sources });
  expect(stop).toHaveBeenCalledTimes(1);
  await expect(run({ ...ORDER, products: ['GOLD'] }, { sources })).rejects.toThrow();
  expect(stop).toHaveBeenCalledTimes(2);
});

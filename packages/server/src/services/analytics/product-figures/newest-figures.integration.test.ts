import { ENRICHED_FIGURES } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { productJobsStand } from '../computing/product-jobs.fixture.ts';
import { chainOf } from '../stored-chain.fixture.ts';
import { curvedChain } from '../volatility/fitting/curved-chain.fixture.ts';

const AT = Date.UTC(2026, 7, 19, 4, 30);
const [NEAR, FAR] = ['2026-08-25', '2026-09-29'];
const chain = (expiry: string, timestamp: number, gex_gross: number) =>
  chainOf('NIFTY', expiry, timestamp, { strike: [100] }, { gex_gross });

describe('figures of products on the stream', () => {
  const stand = productJobsStand(ENRICHED_FIGURES, 'figuresIntervalMs');

  it('are totals over the expiries, with a progress that rises with each of their chains', async () => {
    await stand.store.putSnapshots([chain(NEAR, AT, 10)]);
    const service = await stand.start();
    await expect.poll(() => stand.published.length).toBe(1);
    await stand.store.putSnapshots([chain(FAR, AT, 5)]);
    await expect.poll(() => stand.published.length).toBe(2);
    const [before, after] = stand.published;
    expect(before).toMatchObject({ timestamp: AT, as_of: AT, expiries: [NEAR] });
    expect(before.values.total_gex_gross).toBe(10);
    expect(after).toMatchObject({
      timestamp: AT,
      expiries: [NEAR, FAR],
      values: { total_gex_gross: 15 },
    });
    expect(after.progress).toBeGreaterThan(before.progress);
    await stand.store.putSnapshots([chain(NEAR, AT + 2000, 20)]);
    expect(JSON.parse(await stand.get(service, 'product-figures/NIFTY'))).toMatchObject({
      timestamp: new Date(AT + 2000).toISOString(),
      as_of: new Date(AT).toISOString(),
      total_gex_gross: 25,
    });
  });

  it('leave out an expiry that no chain comes of any more, as all figures across expiries do, and name it', async () => {
    const unlisted = '2026-09-01';
    const service = await stand.start({ intervalMs: 0, settings: { maxExpiryLagMs: 60_000 } });
    const get = async (path: string) => JSON.parse(await stand.get(service, path));
    const within = AT + 60_000;
    await stand.store.putSnapshots([
      chain(NEAR, AT, 10),
      curvedChain('NIFTY', unlisted, AT, { years: 13 / 365, points: 21 }),
      chain(FAR, within, 5),
    ]);
    expect(await get('product-figures/NIFTY')).toMatchObject({
      as_of: new Date(AT).toISOString(),
      expiries: [NEAR, unlisted, FAR],
      outdated_expiries: [],
    });
    const surface = async (at: string) => (await get(`surface-fit/NIFTY${at}`)).expiries ?? [];
    expect((await surface('')).map(({ expiry }: { expiry: string }) => expiry)).toContain(unlisted);

    const later = within + 1;
    await stand.store.putSnapshots([chain(NEAR, later, 10), chain(FAR, later, 5)]);
    for (const at of ['', `?at=${new Date(later).toISOString()}`]) {
      expect(await get(`product-figures/NIFTY${at}`)).toMatchObject({
        as_of: new Date(later).toISOString(),
        expiries: [NEAR, FAR],
        outdated_expiries: [unlisted],
        total_gex_gross: 15,
      });
      for (const figures of ['by-expiry', 'term-structure']) {
        const { expiries, outdated_expiries } = await get(`${figures}/NIFTY${at}`);
        expect(expiries.map(({ expiry }: { expiry: string }) => expiry)).toEqual([NEAR, FAR]);
        expect(outdated_expiries).toEqual([unlisted]);
      }
      for (const figures of ['rank', 'volatility-index', 'realised-volatility', 'forecast']) {
        expect(await get(`${figures}/NIFTY${at}`)).toMatchObject({ as_of: new Date(later).toISOString() });
      }
      expect((await surface(at)).map(({ expiry }: { expiry: string }) => expiry)).not.toContain(unlisted);
    }
    // As it was then.
    expect(await get(`product-figures/NIFTY?at=${new Date(within).toISOString()}`)).toMatchObject({
      expiries: [NEAR, unlisted, FAR],
    });
  });

  it('are those of one state of the store, whatever is stored while it is read', async () => {
    const quoted = (timestamp: number, points: number, gex_gross: number) =>
      [NEAR, FAR].map((expiry, i) => {
        const made = curvedChain('NIFTY', expiry, timestamp, { years: [6 / 365, 41 / 365][i], points });
        return { ...made, summary: { ...made.summary, gex_gross } };
      });
    await stand.store.putSnapshots(quoted(AT, 41, 10));
    let committed = () => {};
    const commit = new Promise<void>((resolve) => {
      committed = resolve;
    });
    const store: MarketStore = {
      ...stand.store,
      async summaries(product, expiry, range) {
        if (expiry === FAR) await commit;
        const found = await stand.store.summaries(product, expiry, range);
        if (expiry === NEAR) {
          await stand.store.putSnapshots(quoted(AT + 1000, 21, 20));
          committed();
        }
        return found;
      },
    };
    const reading = await stand.start({ intervalMs: 0, store });
    const live = JSON.parse(await stand.get(reading, 'product-figures/NIFTY'));
    const service = await stand.start({ intervalMs: 0 });
    const asOf = async (at: string) => JSON.parse(await stand.get(service, `product-figures/NIFTY?at=${at}`));
    expect(live).toEqual(await asOf(live.timestamp));
    const later = await asOf(new Date(AT + 1000).toISOString());
    for (const name of ['volatility_index_30d', 'total_gex_gross']) {
      expect(later[name]).not.toBeNull();
      expect(later[name]).not.toBe(live[name]);
    }
  });

  it('show a correction of what they are of, which has its timestamp, after a while', async () => {
    await stand.store.putSnapshots([chain(NEAR, AT, 10)]);
    const service = await stand.start({ settings: { sessionCacheMs: 200 } });
    await expect.poll(() => stand.published.length).toBe(1);
    const total = async () => JSON.parse(await stand.get(service, 'product-figures/NIFTY')).total_gex_gross;
    expect(await total()).toBe(10);
    await stand.store.putSnapshots([chain(NEAR, AT, 12)]);
    await expect.poll(total).toBe(12);
  });

  it('are listed within the bound of one response', async () => {
    await stand.store.putSnapshots([chain(NEAR, AT, 10)]);
    const service = await stand.start({ intervalMs: 0, settings: { maxResponseCells: 10 } });
    const list = async (query: string) =>
      JSON.parse(await stand.get(service, `product-figures/NIFTY/history?${query}`));
    expect(await list('limit=6&fields=iv_7d,iv_14d')).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringMatching(/limit: 6 snapshots of 2 figures .* at most 5 snapshots/),
    });
    expect(await list('limit=5&fields=iv_7d,iv_14d')).toMatchObject({ count: 0 });
    expect(await list('limit=1')).toMatchObject({ code: 'invalid_request' });
  });

  it('are listed as they were stored, in pages, chosen ones, also as a table', async () => {
    await stand.store.putSnapshots([chain(NEAR, AT, 10)]);
    const service = await stand.start();
    const get = (query: string, headers = {}) =>
      stand.get(service, `product-figures/NIFTY/history${query}`, headers);
    expect(JSON.parse(await get(''))).toEqual({
      product: 'NIFTY',
      count: 0,
      figures: [],
      next_cursor: null,
    });
    await expect.poll(() => stand.published.length).toBe(1);
    for (const minute of [0, 1, 2]) {
      await stand.store.putProductFigures([{ ...stand.published[0], timestamp: AT + minute * 60_000 }]);
    }
    const instant = (minute: number) => new Date(AT + minute * 60_000).toISOString();
    expect(JSON.parse(await get('?resolution=1d&fields=total_gex_gross')).figures).toEqual([
      { timestamp: instant(2), total_gex_gross: 10 },
    ]);
    const page = JSON.parse(await get('?limit=2&fields=total_gex_gross'));
    expect(page.figures).toEqual(
      [1, 2].map((minute) => ({ timestamp: instant(minute), total_gex_gross: 10 })),
    );
    const before = JSON.parse(await get(`?limit=2&cursor=${page.next_cursor}`));
    expect(before).toMatchObject({
      count: 1,
      next_cursor: null,
      figures: [{ timestamp: instant(0), iv_7d: null }],
    });
    const csv = await get('?fields=zero_dte_share&limit=1', { accept: 'text/csv' });
    expect(csv).toBe(`timestamp,zero_dte_share\r\n${instant(2)},0\r\n`);
    expect(JSON.parse(await get('?fields=expiries')).code).toBe('invalid_request');
  });
});

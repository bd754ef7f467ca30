import fc from 'fast-check';
import { expect, it } from 'vitest';
import { systemClock } from '../ports/clock.ts';
import type { ListRange, MarketReader, StoredExpiry } from '../ports/stores/market/market-store.ts';
import { chooseExpiry } from '../services/analytics/reading/expiry-choice.ts';
import { readerAt } from '../services/analytics/reading/reader-as-of.ts';
import { createCatalogue } from '../services/storage/reading/catalogue.ts';

const LAG_MS = 60_000;
const settings = { catalogueTtlMs: 0, maxExpiryLagMs: LAG_MS };

/** A store of which only times are known: chains of an expiry came at some seconds. */
function storeOf(times: ReadonlyMap<string, readonly number[]>, expiryAt: (expiry: string) => number) {
  const stored = [...times].map(
    ([expiry, seconds]): StoredExpiry => ({
      expiry,
      expiryAt: expiryAt(expiry),
      firstTimestamp: seconds[0] * 1000,
      lastTimestamp: seconds[seconds.length - 1] * 1000,
    }),
  );
  return {
    products: async () => [{ product: 'NIFTY' }],
    expiries: async () => stored,
    summaries: async (_product: string, expiry: string, { fromMs, toMs }: ListRange) =>
      (times.get(expiry) ?? [])
        .map((second) => ({ timestamp: second * 1000 }))
        .filter(({ timestamp }) => timestamp >= fromMs && timestamp < toMs)
        .slice(-1),
  } as unknown as MarketReader;
}

const both = async (store: MarketReader, at: number | null) => {
  const said = (error: { code: string }) => error.code;
  const iso = at === null ? undefined : new Date(at).toISOString();
  return [
    await createCatalogue(store, systemClock, settings)
      .chosen('NIFTY', at)
      .then(({ expiry }) => expiry, said),
    await chooseExpiry(readerAt(store, iso), 'NIFTY', undefined, LAG_MS).catch(said),
  ];
};

it('is the nearest of which chains come still, in what is stored as in what is computed', async () => {
  const store = storeOf(
    new Map([
      ['2026-08-18', [0, 10]],
      ['2026-08-25', [0, 100]],
      ['2026-09-29', [0, 100, 500]],
    ]),
    (expiry) => (expiry === '2026-08-18' ? 20_000 : 1e12),
  );
  // The first is over, no chain of the second has come for long.
  expect(await both(store, null)).toEqual(['2026-09-29', '2026-09-29']);
  expect(await both(store, 100_000)).toEqual(['2026-08-25', '2026-08-25']);
  expect(await both(store, 10_000)).toEqual(['2026-08-18', '2026-08-18']);
});

it('is the same one of any expiries, at any instant', async () => {
  const seconds = fc
    .uniqueArray(fc.nat({ max: 300 }), { minLength: 1, maxLength: 6 })
    .map((each) => each.toSorted((a, b) => a - b));
  const expiries = fc.uniqueArray(fc.tuple(fc.nat({ max: 9 }), seconds), {
    minLength: 1,
    maxLength: 5,
    selector: ([day]) => day,
  });
  await fc.assert(
    fc.asyncProperty(expiries, fc.option(fc.nat({ max: 320 })), async (given, at) => {
      const ascending = given.toSorted(([a], [b]) => a - b);
      const times = new Map(ascending.map(([day, at]) => [`2026-09-1${day}`, at] as const));
      const store = storeOf(times, (expiry) => Number(expiry.slice(-1)) * 40_000);
      const [stored, computed] = await both(store, at === null ? null : at * 1000);
      expect(stored).toBe(computed);
    }),
    { numRuns: 100 },
  );
});

import { ENRICHED_FIGURES, ENRICHED_SURFACES } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { curvedChain } from '../volatility/fitting/curved-chain.fixture.ts';
import { INTERVAL_MS, productJobsStand } from './product-jobs.fixture.ts';

const AT = Date.UTC(2026, 7, 19, 4, 30);
const [NEAR, FAR] = ['2026-08-25', '2026-09-29'];
const chain = (expiry: string, timestamp: number, product = 'NIFTY') =>
  curvedChain(product, expiry, timestamp, { years: expiry === NEAR ? 0.05 : 0.15 });

const WORK = [
  { what: 'surfaces', topic: ENRICHED_SURFACES, interval: 'surfaceIntervalMs', route: 'surface-fit' },
  {
    what: 'figures of products',
    topic: ENRICHED_FIGURES,
    interval: 'figuresIntervalMs',
    route: 'product-figures',
  },
] as const;

describe.each(WORK)('$what', ({ topic, interval, route }) => {
  // What the two have in common is all that is looked at.
  type Published = { readonly product: string; readonly timestamp: number };
  const stand = productJobsStand<Published>(topic as never, interval);

  it('are computed once for each chain that came, whatever the number of processes', async () => {
    await stand.store.putSnapshots([chain(NEAR, AT), chain(NEAR, AT, 'BTC')]);
    await stand.start();
    await stand.start();
    await expect.poll(() => stand.published.length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 3 * INTERVAL_MS));
    expect(stand.published.map(({ product }) => product).sort()).toEqual(['BTC', 'NIFTY']);
    // A chain of another expiry at the same instant makes them new, too.
    await stand.store.putSnapshots([chain(FAR, AT)]);
    await expect.poll(() => stand.published.length).toBe(3);
    expect(stand.published[2]).toMatchObject({ product: 'NIFTY', timestamp: AT });
    await stand.store.putSnapshots([chain(NEAR, AT + 5000)]);
    await expect.poll(() => stand.published.length).toBe(4);
    expect(stand.published[3].timestamp).toBe(AT + 5000);
  });

  it('are the same wherever they are computed again, and those of the route', async () => {
    await stand.store.putSnapshots([chain(NEAR, AT), chain(FAR, AT + 1000)]);
    const quiet = await stand.start({ intervalMs: 0 });
    const onRequest = await stand.get(quiet, `${route}/NIFTY`);
    expect(stand.published).toEqual([]);
    const first = await stand.start();
    await expect.poll(() => stand.published.length).toBe(1);
    await first.stop();
    const second = await stand.start();
    await expect.poll(() => stand.published.length).toBe(2);
    expect(stand.published[1]).toEqual(stand.published[0]);
    expect(await stand.get(second, `${route}/NIFTY`)).toBe(onRequest);
    expect(await stand.get(second, `${route}/NIFTY?at=${new Date(AT + 5000).toISOString()}`)).toBe(onRequest);
    // What came since the last time they were published is in the answer at once.
    await stand.store.putSnapshots([chain(NEAR, AT + 2000)]);
    const later = JSON.parse(await stand.get(quiet, `${route}/NIFTY`));
    expect(later.timestamp).toBe(new Date(AT + 2000).toISOString());
  });

  it('may be those before while they are computed, which are those of their own instant', async () => {
    await stand.store.putSnapshots([chain(NEAR, AT)]);
    const service = await stand.start({ intervalMs: 0, staleMs: 60_000 });
    const before = await stand.get(service, `${route}/NIFTY`);
    await stand.store.putSnapshots([chain(NEAR, AT + 1000)]);
    expect(await stand.get(service, `${route}/NIFTY`)).toBe(before);
    await expect.poll(() => stand.get(service, `${route}/NIFTY`)).not.toBe(before);
    expect(await stand.get(service, `${route}/NIFTY?at=${new Date(AT).toISOString()}`)).toBe(before);
  });

  it('are computed again once the store is back', async () => {
    await stand.store.putSnapshots([chain(NEAR, AT)]);
    let away = true;
    let refused = 0;
    const store: MarketStore = {
      ...stand.store,
      products: () => {
        if (!away) return stand.store.products();
        refused += 1;
        return Promise.reject(new Error('away'));
      },
    };
    await stand.start({ store });
    await expect.poll(() => refused).toBeGreaterThan(1);
    expect(stand.published).toEqual([]);
    away = false;
    await expect.poll(() => stand.published.length).toBe(1);
    expect(stand.queue.stats().every(({ dead }) => dead === 0)).toBe(true);
  });
});

import { ENRICHED_SURFACES } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { productJobsStand } from '../../computing/product-jobs.fixture.ts';
import { CURVE, curvedChain } from './curved-chain.fixture.ts';

const AT = Date.UTC(2026, 7, 19, 4, 30);
const [NEAR, FAR, GONE] = ['2026-08-25', '2026-09-29', '2026-08-18'];
const YEARS = { [NEAR]: 0.05, [FAR]: 0.15, [GONE]: 0.001 };
const curved = (product: string, expiry: string, timestamp: number, points = 21) =>
  curvedChain(product, expiry, timestamp, { years: YEARS[expiry], points });

describe('surfaces', () => {
  const stand = productJobsStand(ENRICHED_SURFACES, 'surfaceIntervalMs');

  it('are fitted from new chains, by ascending expiry without the expired, and published', async () => {
    // Stored before anyone looks: what is seen of a put half way would be fitted, too.
    await stand.store.putSnapshots([
      curved('NIFTY', FAR, AT + 1000),
      curved('NIFTY', NEAR, AT),
      curved('NIFTY', GONE, AT - 86_400_000),
      curved('BTC', NEAR, AT, 3),
    ]);
    await stand.start();
    await expect.poll(() => stand.published.length).toBe(2);
    const nifty = stand.published.find(({ product }) => product === 'NIFTY');
    expect(nifty).toMatchObject({ timestamp: AT + 1000, epoch: 'e1', seq: AT + 1000 });
    expect(nifty?.slices.map(({ expiry }) => expiry)).toEqual([NEAR, FAR]);
    const [near] = nifty?.slices ?? [];
    expect(near.svi?.rmse_vol_points).toBeLessThan(1e-3);
    expect(near.svi?.rho).toBeCloseTo(CURVE.rho, 2);
    expect(near.strikes).toHaveLength(21);
    const [short] = stand.published.find(({ product }) => product === 'BTC')?.slices ?? [];
    expect(short).toMatchObject({ svi: null, reason: expect.stringContaining('3 usable volatilities') });
  });

  it('are served with their arbitrage, fitted on request where none was published', async () => {
    await stand.store.putSnapshots([curved('NIFTY', NEAR, AT), curved('NIFTY', FAR, AT)]);
    const service = await stand.start({ intervalMs: 0 });
    const body = JSON.parse(await stand.get(service, 'surface-fit/NIFTY'));
    expect(body).toMatchObject({ product: 'NIFTY', timestamp: new Date(AT).toISOString(), count: 2 });
    expect(body.expiries[0]).toMatchObject({
      expiry: NEAR,
      butterfly_arbitrage: [],
      calendar_arbitrage: null,
    });
    expect(body.expiries[1].calendar_arbitrage).toEqual([]);
    expect(body.expiries[0].svi.rho).toBeCloseTo(CURVE.rho, 2);
    expect(stand.published).toEqual([]);
    expect(JSON.parse(await stand.get(service, 'surface-fit/UNHEARD')).code).toBe('unknown_product');
  });

  it('have the smile of an expiry that was just listed, which waits for none as of an instant', async () => {
    await stand.store.putSnapshots([curved('NIFTY', NEAR, AT), curved('NIFTY', GONE, AT - 86_400_000)]);
    // As when all threads for those are taken.
    const settings = { asOfThreads: 0, maxWaitingAsOf: 0 };
    const service = await stand.start({ intervalMs: 0, staleMs: 60_000, settings });
    const smile = async (query: string) => JSON.parse(await stand.get(service, `smile/NIFTY?${query}`));
    expect(await smile('')).toMatchObject({ expiry: NEAR });
    await stand.store.putSnapshots([curved('NIFTY', FAR, AT + 1000)]);
    expect(await smile(`expiry=${FAR}`)).toMatchObject({
      expiry: FAR,
      timestamp: new Date(AT + 1000).toISOString(),
    });
    expect(await smile(`expiry=${GONE}`)).toMatchObject({ code: 'unavailable' });
  });
});

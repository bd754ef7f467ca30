import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENRICHED_SURFACES, type SurfaceFit } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../../../adapters/memory/queue/queue-memory.ts';
import { createSqliteMarketStore } from '../../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createHttpApp } from '../../../../kit/http/http.ts';
import type { Service } from '../../../../kit/lifecycle/service.ts';
import { silentLogger } from '../../../../kit/logging/log.ts';
import type { Bus } from '../../../../ports/bus.ts';
import type { Queue } from '../../../../ports/queue.ts';
import type { MarketStore } from '../../../../ports/stores/market-store.ts';
import { createAnalytics } from '../../service.ts';
import { CURVE, curvedChain } from './curved-chain.fixture.ts';

/** Long enough for a loaded machine to read the store for one plan before the next begins. */
const INTERVAL_MS = 100;
const AT = Date.UTC(2026, 7, 19, 4, 30);
const [NEAR, FAR, GONE] = ['2026-08-25', '2026-09-29', '2026-08-18'];
const YEARS = { [NEAR]: 0.05, [FAR]: 0.15, [GONE]: 0.001 };

const curved = (product: string, expiry: string, timestamp: number, points = 21) =>
  curvedChain(product, expiry, timestamp, { years: YEARS[expiry], points });

describe('surfaces', () => {
  const folder = mkdtempSync(join(tmpdir(), 'surfaces-'));
  let bus: Bus;
  let queue: Queue;
  let store: MarketStore;
  const services: Service[] = [];
  const fits: SurfaceFit[] = [];
  let run = 0;

  beforeEach(async () => {
    run += 1;
    bus = createMemoryBus();
    queue = createMemoryQueue({ backoffUnitMs: 5 });
    store = await createSqliteMarketStore({ folder: join(folder, String(run)), commitIntervalMs: 1 });
    fits.length = 0;
    await bus.follow(ENRICHED_SURFACES.name, 'latest', ({ frame }) =>
      fits.push(ENRICHED_SURFACES.frames.decode(frame)),
    );
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((each) => each.stop()));
    await Promise.all([bus.close(), queue.close(), store.close()]);
    rmSync(join(folder, String(run)), { recursive: true });
  });

  const start = async (surfaceIntervalMs = INTERVAL_MS) => {
    const service = createAnalytics({ store, bus, queue, logger: silentLogger }, { surfaceIntervalMs });
    services.push(service);
    await service.start();
    return service;
  };
  const get = async (service: Service, product: string) => {
    const app = createHttpApp({ logger: silentLogger });
    if (service.routes) await app.register(service.routes);
    const answer = await app.inject(`/api/analytics/surface-fit/${product}`);
    await app.close();
    return { status: answer.statusCode, body: answer.json() };
  };

  it('are fitted from new chains, by ascending expiry without the expired, and published', async () => {
    // Stored before anyone looks: what is seen of a put half way would be fitted, too.
    await store.putSnapshots([
      curved('NIFTY', FAR, AT + 1000),
      curved('NIFTY', NEAR, AT),
      curved('NIFTY', GONE, AT - 86_400_000),
      curved('BTC', NEAR, AT, 3),
    ]);
    await start();
    await expect.poll(() => fits.length).toBe(2);
    const nifty = fits.find(({ product }) => product === 'NIFTY');
    expect(nifty).toMatchObject({ timestamp: AT + 1000, epoch: 'e1', seq: AT + 1000 });
    expect(nifty?.slices.map(({ expiry }) => expiry)).toEqual([NEAR, FAR]);
    const [near] = nifty?.slices ?? [];
    expect(near.svi?.rmse_vol_points).toBeLessThan(1e-3);
    expect(near.svi?.rho).toBeCloseTo(CURVE.rho, 2);
    expect(near.strikes).toHaveLength(21);
    const [short] = fits.find(({ product }) => product === 'BTC')?.slices ?? [];
    expect(short).toMatchObject({ svi: null, reason: expect.stringContaining('3 usable volatilities') });
  });

  it('are fitted once for each change, whatever the number of processes', async () => {
    await start();
    await start();
    await store.putSnapshots([curved('NIFTY', NEAR, AT)]);
    await expect.poll(() => fits.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 3 * INTERVAL_MS));
    expect(fits).toHaveLength(1);
    await store.putSnapshots([curved('NIFTY', NEAR, AT + 5000)]);
    await expect.poll(() => fits.length).toBe(2);
    expect(fits[1].timestamp).toBe(AT + 5000);
  });

  it('are the same when they are fitted again elsewhere', async () => {
    await store.putSnapshots([curved('NIFTY', NEAR, AT), curved('NIFTY', FAR, AT)]);
    const first = await start();
    await expect.poll(() => fits.length).toBe(1);
    await first.stop();
    await start();
    await expect.poll(() => fits.length).toBe(2);
    expect(fits[1]).toEqual(fits[0]);
  });

  it('are served with their arbitrage, fitted on request where none was published', async () => {
    await store.putSnapshots([curved('NIFTY', NEAR, AT), curved('NIFTY', FAR, AT)]);
    const quiet = await start(0);
    const { status, body } = await get(quiet, 'NIFTY');
    expect(status).toBe(200);
    expect(body).toMatchObject({ product: 'NIFTY', timestamp: new Date(AT).toISOString(), count: 2 });
    expect(body.expiries[0]).toMatchObject({
      expiry: NEAR,
      butterfly_arbitrage: [],
      calendar_arbitrage: null,
    });
    expect(body.expiries[1].calendar_arbitrage).toEqual([]);
    expect(body.expiries[0].svi.rho).toBeCloseTo(CURVE.rho, 2);
    expect(fits).toEqual([]);
    const busy = await start();
    await expect.poll(() => fits.length).toBe(1);
    expect((await get(busy, 'NIFTY')).body).toEqual(body);
    expect((await get(quiet, 'UNHEARD')).body.code).toBe('unknown_product');
  });

  it('go on after the store was away', async () => {
    let away = true;
    let refused = 0;
    const flaky: MarketStore = {
      ...store,
      products: () => {
        if (!away) return store.products();
        refused += 1;
        return Promise.reject(new Error('away'));
      },
    };
    const service = createAnalytics(
      { store: flaky, bus, queue, logger: silentLogger },
      { surfaceIntervalMs: INTERVAL_MS },
    );
    services.push(service);
    await service.start();
    await store.putSnapshots([curved('NIFTY', NEAR, AT)]);
    await expect.poll(() => refused).toBeGreaterThan(1);
    expect(fits).toEqual([]);
    away = false;
    await expect.poll(() => fits.length).toBe(1);
    expect(queue.stats().every(({ dead }) => dead === 0)).toBe(true);
  });
});

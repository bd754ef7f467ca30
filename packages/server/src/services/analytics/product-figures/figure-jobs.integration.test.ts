import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENRICHED_FIGURES, type ProductFigures } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createHttpApp } from '../../../kit/http/http.ts';
import type { Service } from '../../../kit/lifecycle/service.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Queue } from '../../../ports/queue.ts';
import type { MarketStore } from '../../../ports/stores/market-store.ts';
import { createAnalytics } from '../service.ts';
import { chainOf } from '../stored-chain.fixture.ts';

const INTERVAL_MS = 100;
const AT = Date.UTC(2026, 7, 19, 4, 30);
const [NEAR, FAR] = ['2026-08-25', '2026-09-29'];
const chain = (product: string, expiry: string, timestamp: number, gex_gross: number) =>
  chainOf(product, expiry, timestamp, { strike: [100] }, { gex_gross });

describe('figures of products on the stream', () => {
  const folder = mkdtempSync(join(tmpdir(), 'figure-jobs-'));
  let bus: Bus;
  let queue: Queue;
  let store: MarketStore;
  const services: Service[] = [];
  const heard: ProductFigures[] = [];
  let run = 0;

  beforeEach(async () => {
    run += 1;
    bus = createMemoryBus();
    queue = createMemoryQueue({ backoffUnitMs: 5 });
    store = await createSqliteMarketStore({ folder: join(folder, String(run)), commitIntervalMs: 1 });
    heard.length = 0;
    await bus.follow(ENRICHED_FIGURES.name, 'latest', ({ frame }) =>
      heard.push(ENRICHED_FIGURES.frames.decode(frame)),
    );
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((each) => each.stop()));
    await Promise.all([bus.close(), queue.close(), store.close()]);
    rmSync(join(folder, String(run)), { recursive: true });
  });

  const start = async (figuresIntervalMs = INTERVAL_MS, of: MarketStore = store) => {
    const settings = { figuresIntervalMs, surfaceIntervalMs: 0 };
    const service = createAnalytics({ store: of, bus, queue, logger: silentLogger }, settings);
    services.push(service);
    await service.start();
    return service;
  };
  const get = async (service: Service, query = '', headers = {}) => {
    const app = createHttpApp({ logger: silentLogger });
    if (service.routes) await app.register(service.routes);
    const answer = await app.inject({ url: `/api/analytics/product-figures/NIFTY${query}`, headers });
    await app.close();
    return answer.body;
  };

  it('are computed once for each chain that came, whatever the number of processes', async () => {
    await store.putSnapshots([chain('NIFTY', NEAR, AT, 10), chain('BTC', NEAR, AT, 1)]);
    await start();
    await start();
    await expect.poll(() => heard.length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 3 * INTERVAL_MS));
    expect(heard).toHaveLength(2);
    const nifty = heard.find(({ product }) => product === 'NIFTY');
    expect(nifty).toMatchObject({ timestamp: AT, as_of: AT, expiries: [NEAR] });
    expect(nifty?.values.total_gex_gross).toBe(10);
    // A chain of another expiry at the same instant makes them new, too.
    await store.putSnapshots([chain('NIFTY', FAR, AT, 5)]);
    await expect.poll(() => heard.length).toBe(3);
    expect(heard[2]).toMatchObject({ timestamp: AT, expiries: [NEAR, FAR], values: { total_gex_gross: 15 } });
    expect(heard[2].progress).toBeGreaterThan(nifty?.progress ?? Number.NaN);
  });

  it('are the same wherever they are computed again, and those of the route', async () => {
    await store.putSnapshots([chain('NIFTY', NEAR, AT, 10), chain('NIFTY', FAR, AT + 1000, 5)]);
    const quiet = await start(0);
    const onRequest = await get(quiet);
    expect(heard).toEqual([]);
    const first = await start();
    await expect.poll(() => heard.length).toBe(1);
    await first.stop();
    const second = await start();
    await expect.poll(() => heard.length).toBe(2);
    expect(heard[1]).toEqual(heard[0]);
    expect(await get(second)).toBe(onRequest);
    expect(await get(second, `?at=${new Date(AT + 5000).toISOString()}`)).toBe(onRequest);
    // What came since the last time they were published is in the answer at once.
    const { timestamp } = JSON.parse(await get(quiet));
    await store.putSnapshots([chain('NIFTY', NEAR, AT + 2000, 20)]);
    const later = JSON.parse(await get(quiet));
    expect([timestamp, later.timestamp]).toEqual(
      [AT + 1000, AT + 2000].map((ms) => new Date(ms).toISOString()),
    );
    expect(later).toMatchObject({ total_gex_gross: 25, as_of: timestamp });
  });

  it('are listed as they were stored, in pages, chosen ones, also as a table', async () => {
    await store.putSnapshots([chain('NIFTY', NEAR, AT, 10)]);
    const service = await start();
    expect(JSON.parse(await get(service, '/history'))).toEqual({
      product: 'NIFTY',
      count: 0,
      figures: [],
      next_cursor: null,
    });
    await expect.poll(() => heard.length).toBe(1);
    for (const minute of [0, 1, 2]) {
      await store.putProductFigures([{ ...heard[0], timestamp: AT + minute * 60_000 }]);
    }
    const instant = (minute: number) => new Date(AT + minute * 60_000).toISOString();
    const page = JSON.parse(await get(service, '/history?limit=2&fields=total_gex_gross'));
    expect(page.figures).toEqual(
      [1, 2].map((minute) => ({ timestamp: instant(minute), total_gex_gross: 10 })),
    );
    const before = JSON.parse(await get(service, `/history?limit=2&cursor=${page.next_cursor}`));
    expect(before).toMatchObject({
      count: 1,
      next_cursor: null,
      figures: [{ timestamp: instant(0), iv_7d: null }],
    });
    const csv = await get(service, '/history?fields=zero_dte_share&limit=1', { accept: 'text/csv' });
    expect(csv).toBe(`timestamp,zero_dte_share\r\n${instant(2)},0\r\n`);
    expect(JSON.parse(await get(service, '/history?fields=expiries')).code).toBe('invalid_request');
  });

  it('are computed again once the store is back', async () => {
    await store.putSnapshots([chain('NIFTY', NEAR, AT, 10)]);
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
    await start(INTERVAL_MS, flaky);
    await expect.poll(() => refused).toBeGreaterThan(1);
    expect(heard).toEqual([]);
    away = false;
    await expect.poll(() => heard.length).toBe(1);
    expect(queue.stats().every(({ dead }) => dead === 0)).toBe(true);
  });
});

import { ENRICHED_CHAINS, toChainView } from '@deltastream/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import type { StaleChains } from '../../../kit/health/stale-chains.ts';
import {
  EXPIRY,
  MINUTE_MS,
  NOON,
  storableChain,
  tickAt,
} from '../../../ports/stores/market/market-store.fixture.ts';
import { STORAGE_DEFAULTS } from '../settings.ts';
import { startStorage, type TestAdapters } from '../storage.fixture.ts';

const NEXT_EXPIRY = '2026-09-01';
let storage: Awaited<ReturnType<typeof startStorage>>;
async function start(more: Partial<TestAdapters> = {}) {
  storage = await startStorage(more);
  await storage.store.putTicks(
    [tickAt(NOON), tickAt(NOON + 1000, { price: 23_900 }), tickAt(NOON + 2000, { price: 24_000 })],
    [],
  );
  await storage.store.putSnapshots([
    storableChain(),
    storableChain({ timestamp: NOON + MINUTE_MS, seq: 2 }),
    storableChain({
      timestamp: NOON + MINUTE_MS,
      seq: 3,
      expiry: NEXT_EXPIRY,
      expiry_at: NOON + 20 * 86_400_000,
    }),
  ]);
}

const iso = (ms: number) => new Date(ms).toISOString();
const storeByBus = async (chain: ReturnType<typeof storableChain>) => {
  await storage.bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(chain));
  await storage.bus.drained();
};

describe('what is stored', () => {
  beforeEach(() => start());
  afterEach(() => storage.end());

  describe('products', () => {
    it('lists what is stored', async () => {
      await storage.store.putTicks([tickAt(NOON, { product: 'ODD.X', currency: 'EUR' })], []);
      const { status, body } = await storage.get('/api/data/products');
      expect(status).toBe(200);
      expect(body).toEqual({
        count: 2,
        products: [
          {
            product: 'NIFTY',
            name: 'Nifty 50',
            exchange: 'NSE',
            time_zone: '+05:30',
            currency: 'INR',
            price: 24_000,
            timestamp: iso(NOON + 2000),
          },
          {
            product: 'ODD.X',
            name: 'ODD.X',
            exchange: 'unknown',
            time_zone: 'UTC',
            currency: 'EUR',
            price: 24_012.35,
            timestamp: iso(NOON),
          },
        ],
      });
    });

    it('shows one with its change, expiries and nearest chain', async () => {
      const { body } = await storage.get('/api/data/NIFTY');
      expect(body).toMatchObject({
        product: 'NIFTY',
        price: 24_000,
        change: 50,
        change_pct: (100 * 50) / 23_950,
        expiries: [EXPIRY, NEXT_EXPIRY],
        nearest_chain: {
          expiry: EXPIRY,
          seq: 2,
          pcr_oi: 2 / 7,
          atm_iv: null,
          null_reasons: { atm_iv: 'no_forward' },
        },
      });
    });

    it('has no chain and no change where none is known', async () => {
      await storage.store.putTicks([tickAt(NOON, { product: 'BTC', previousClose: null })], []);
      const { body } = await storage.get('/api/data/BTC');
      expect(body).toMatchObject({ change: null, change_pct: null, expiries: [], nearest_chain: null });
    });

    it('lists expiries with their times', async () => {
      const { body } = await storage.get('/api/data/expiries/NIFTY');
      expect(body).toMatchObject({
        count: 2,
        expiries: [
          {
            expiry: EXPIRY,
            expiry_at: '2026-08-25T10:10:00.000Z',
            first_timestamp: iso(NOON),
            last_timestamp: iso(NOON + MINUTE_MS),
          },
          { expiry: NEXT_EXPIRY },
        ],
      });
    });
  });

  describe('underlying prices', () => {
    it('come in pages that join without gap or repeat', async () => {
      const url = `/api/data/underlying/NIFTY?limit=2&from=${iso(NOON)}`;
      const first = (await storage.get(url)).body;
      expect(first).toMatchObject({
        product: 'NIFTY',
        count: 2,
        ticks: [{ timestamp: iso(NOON), price: 24_012.35 }, { price: 23_900 }],
      });
      const second = (await storage.get(`${url}&cursor=${first.next_cursor}`)).body;
      expect(second).toMatchObject({ count: 1, ticks: [{ price: 24_000 }], next_cursor: null });
    });

    it('are the latest ones where no beginning is named, oldest or newest first', async () => {
      const prices = async (query: string) =>
        (await storage.get(`/api/data/underlying/NIFTY?limit=2${query}`)).body.ticks.map(
          ({ price }: { price: number }) => price,
        );
      expect(await prices('')).toEqual([23_900, 24_000]);
      expect(await prices('&order=asc')).toEqual([23_900, 24_000]);
      expect(await prices('&order=desc')).toEqual([24_000, 23_900]);
      expect(await prices(`&order=desc&from=${iso(NOON)}&to=${iso(NOON + 2000)}`)).toEqual([
        23_900, 24_012.35,
      ]);
    });

    it('are within [from, to)', async () => {
      const { body } = await storage.get(
        `/api/data/underlying/NIFTY?from=${iso(NOON + 1000)}&to=${iso(NOON + 2000)}`,
      );
      expect(body.ticks).toEqual([{ timestamp: iso(NOON + 1000), price: 23_900 }]);
    });
  });

  describe('a chain', () => {
    it('is the latest of the nearest unexpired expiry, as JSON', async () => {
      const { status, headers, body } = await storage.get('/api/data/chain/NIFTY');
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(body).toEqual(toChainView(storableChain({ timestamp: NOON + MINUTE_MS, seq: 2 })));
      expect(body.puts[2]).toBeNull();
    });

    it('leaves the cache as the bytes that are there', async () => {
      await storage.cache.setIfNewer(
        `chain:NIFTY:${NEXT_EXPIRY}`,
        NOON * 2,
        Buffer.from('{"planted": 1}'),
        60_000,
      );
      const { raw } = await storage.get(`/api/data/chain/NIFTY?expiry=${NEXT_EXPIRY}`);
      expect(raw.toString()).toBe('{"planted": 1}');
    });

    it('is cached under its timestamp after the first read', async () => {
      const { raw } = await storage.get('/api/data/chain/NIFTY');
      expect(Buffer.from((await storage.cache.get(`chain:NIFTY:${EXPIRY}`)) ?? [])).toEqual(raw);
      expect(await storage.cache.setIfNewer(`chain:NIFTY:${EXPIRY}`, NOON, Buffer.from(''), 1000)).toBe(
        false,
      );
    });

    it('is the new one as soon as that is stored', async () => {
      for (let seq = 4; seq < 9; seq++) {
        await storeByBus(storableChain({ timestamp: NOON + seq * MINUTE_MS, seq }));
        expect((await storage.get('/api/data/chain/NIFTY')).body).toMatchObject({ seq });
      }
    });

    it('stays the latest when an earlier one arrives late', async () => {
      await storage.get('/api/data/chain/NIFTY');
      await storeByBus(storableChain({ timestamp: NOON - MINUTE_MS, seq: 0 }));
      expect((await storage.get('/api/data/chain/NIFTY')).body).toMatchObject({ seq: 2 });
    });

    it('is shown as it stood at an instant', async () => {
      const at = async (ms: number) => (await storage.get(`/api/data/chain/NIFTY?at=${iso(ms)}`)).body;
      expect(await at(NOON)).toMatchObject({ seq: 1 });
      expect(await at(NOON + MINUTE_MS - 1)).toMatchObject({ seq: 1 });
      expect(await at(NOON + MINUTE_MS)).toMatchObject({ seq: 2 });
      const offset = encodeURIComponent('2026-08-19T17:30:00+05:30');
      expect((await storage.get(`/api/data/chain/NIFTY?expiry=${EXPIRY}&at=${offset}`)).body).toMatchObject({
        seq: 1,
      });
    });

    it('moves to the next expiry once the first has expired', async () => {
      const afterExpiry = Date.UTC(2026, 7, 25, 10, 11);
      await storeByBus(
        storableChain({
          expiry: NEXT_EXPIRY,
          expiry_at: NOON + 20 * 86_400_000,
          timestamp: afterExpiry,
          seq: 9,
        }),
      );
      expect((await storage.get('/api/data/chain/NIFTY')).body).toMatchObject({
        expiry: NEXT_EXPIRY,
        seq: 9,
      });
    });

    it('of the last expiry is shown when all have expired', async () => {
      await storeByBus(
        storableChain({ expiry: NEXT_EXPIRY, expiry_at: NOON, timestamp: NOON + 90 * 86_400_000, seq: 9 }),
      );
      expect((await storage.get('/api/data/chain/NIFTY')).body).toMatchObject({ expiry: NEXT_EXPIRY });
    });

    it('lists its snapshots in pages', async () => {
      const first = (await storage.get('/api/data/chains/NIFTY?limit=1')).body;
      expect(first).toMatchObject({
        product: 'NIFTY',
        expiry: EXPIRY,
        count: 1,
        chains: [{ timestamp: iso(NOON + MINUTE_MS), pcr_oi: 2 / 7, atm_iv: null }],
      });
      const second = (await storage.get(`/api/data/chains/NIFTY?limit=1&cursor=${first.next_cursor}`)).body;
      expect(second).toMatchObject({ chains: [{ timestamp: iso(NOON), pcr_oi: 1 / 7 }], next_cursor: null });
    });

    it('is under 1 KB for phones', async () => {
      const { body, raw } = await storage.get('/api/mobile/chain/NIFTY');
      expect(body).toMatchObject({
        product: 'NIFTY',
        expiry: EXPIRY,
        spot_price: 24_012.35,
        quality: ['partial'],
      });
      expect(raw.length).toBeLessThan(1024);
    });
  });
});

describe('the newest chain of a product of which nothing comes', () => {
  const received = new Set<string>();
  const platform: StaleChains = {
    isStale: ({ product, generation = 0 }) => generation === 0 && !received.has(product),
  };
  beforeEach(async () => {
    received.clear();
    await start({ platform });
  });
  afterEach(() => storage.end());

  const qualities = async (query = '') => {
    const bodies = await Promise.all([
      storage.get(`/api/data/chain/NIFTY${query}`),
      storage.get(`/api/data/chain/NIFTY${query}${query ? '&' : '?'}fields=quality`),
      storage.get(`/api/mobile/chain/NIFTY${query}`),
      storage.get('/api/data/NIFTY').then(({ body }) => ({ body: body.nearest_chain })),
      storage.get(`/api/data/contracts/NIFTY-${EXPIRY}-24000-C`),
    ]);
    return bodies.map(({ body }) => body.quality);
  };
  const everywhere = (...quality: string[]) => Array(5).fill(quality);

  it('is stale wherever it is served, from the store and from the cache, until the next comes', async () => {
    const at = `expiry=${EXPIRY}&at=2026-09-30T00:00:00Z`;
    const current = (await storage.get(`/api/data/chain/NIFTY?${at}`)).body;
    expect(await qualities()).toEqual(everywhere('partial', 'stale'));
    // It lies in the cache now, and what is held is not changed.
    const held = await storage.cache.get(`chain:NIFTY:${EXPIRY}`);
    expect(JSON.parse(Buffer.from(held ?? []).toString()).quality).toEqual(['partial']);
    expect(await qualities(`?expiry=${EXPIRY}`)).toEqual(everywhere('partial', 'stale'));
    const { body, raw } = await storage.get('/api/data/chain/NIFTY');
    expect(body).toEqual({ ...current, quality: ['partial', 'stale'] });
    expect((await storage.get(`/api/data/chain/NIFTY?expiry=${EXPIRY}`)).raw).toEqual(raw);
    received.add('NIFTY');
    expect(await qualities()).toEqual(everywhere('partial'));
    received.clear();
    await storeByBus(
      storableChain({ timestamp: NOON + 5 * MINUTE_MS, seq: 9, quality: [], source: '"quality":[' }),
    );
    expect((await storage.get('/api/data/chain/NIFTY')).body).toMatchObject({ seq: 9, quality: ['stale'] });
    expect((await storage.get('/api/data/chain/NIFTY')).body).toMatchObject({ seq: 9, quality: ['stale'] });
  });

  it('is not where a feed said so itself, is asked for by instant, or is of a recording', async () => {
    await storeByBus(
      storableChain({ timestamp: NOON + 5 * MINUTE_MS, seq: 9, quality: ['stale', 'partial'] }),
    );
    expect(await qualities()).toEqual(everywhere('stale', 'partial'));
    const at = `at=${iso(NOON + MINUTE_MS)}`;
    for (const path of [`chain/NIFTY?${at}`, `contracts/NIFTY-${EXPIRY}-24000-C?${at}`]) {
      expect((await storage.get(`/api/data/${path}`)).body.quality).toEqual(['partial']);
    }
    await storeByBus(storableChain({ timestamp: NOON + 6 * MINUTE_MS, seq: 10, generation: 7 }));
    expect(await qualities()).toEqual(everywhere('partial'));
    expect(await qualities()).toEqual(everywhere('partial'));
  });

  it('is read from the store where another process put it into the cache', async () => {
    const { body } = await storage.get(`/api/data/chain/NIFTY?expiry=${EXPIRY}&at=2026-09-30T00:00:00Z`);
    await storage.cache.setIfNewer(
      `chain:NIFTY:${EXPIRY}`,
      NOON * 2,
      Buffer.from(JSON.stringify(body)),
      60_000,
    );
    const url = `/api/data/chain/NIFTY?expiry=${EXPIRY}`;
    expect((await storage.get(url)).body.quality).toEqual(['partial', 'stale']);
    received.add('NIFTY');
    expect((await storage.get(url)).body.quality).toEqual(['partial']);
  });
});

describe('what cannot be answered', () => {
  beforeAll(() => start());
  afterAll(() => storage.end());

  it.each([
    ['/api/data/NOPE', 404, 'unknown_product', 'NOPE'],
    ['/api/data/underlying/NOPE', 404, 'unknown_product', 'NOPE'],
    ['/api/data/expiries/NOPE', 404, 'unknown_product', 'NOPE'],
    ['/api/data/chain/NOPE', 404, 'unknown_product', 'NOPE'],
    ['/api/data/chains/NOPE', 404, 'unknown_product', 'NOPE'],
    ['/api/mobile/chain/NOPE', 404, 'unknown_product', 'NOPE'],
    ['/api/data/chain/NIFTY?expiry=2026-12-31', 404, 'unknown_expiry', `${EXPIRY}, ${NEXT_EXPIRY}`],
    ['/api/data/chain/NIFTY?expiry=2026-12-31&at=2026-08-19T12:00:00Z', 404, 'unknown_expiry', EXPIRY],
    ['/api/data/chains/NIFTY?expiry=2026-12-31', 404, 'unknown_expiry', EXPIRY],
    ['/api/mobile/chain/NIFTY?expiry=2026-12-31', 404, 'unknown_expiry', EXPIRY],
    ['/api/data/chain/NIFTY?at=2020-01-01T00:00:00Z', 404, 'no_data', '2020-01-01T00:00:00.000Z'],
    [`/api/data/chain/NIFTY?expiry=${EXPIRY}&at=2020-01-01T00:00:00Z`, 404, 'no_data', EXPIRY],
    ['/api/data/chain/NIFTY?at=yesterday', 400, 'invalid_request', 'at'],
    ['/api/data/chain/NIFTY?at=1960-01-01T00:00:00Z', 400, 'invalid_request', 'at'],
    ['/api/data/chain/NIFTY?expiry=soon', 400, 'invalid_request', 'expiry'],
    ['/api/data/chain/NIFTY?expriy=2026-08-25', 400, 'invalid_request', 'expriy'],
    ['/api/data/chain/nifty', 400, 'invalid_request', 'product'],
    ['/api/data/chains/NIFTY?limit=0', 400, 'invalid_request', 'limit'],
    ['/api/data/underlying/NIFTY?from=2026-13-45T00:00:00Z', 400, 'invalid_request', 'from'],
    [
      '/api/data/underlying/NIFTY?from=2026-08-20T00:00:00Z&to=2026-08-19T00:00:00Z',
      400,
      'invalid_request',
      'to',
    ],
    ['/api/data/underlying/NIFTY?cursor=nonsense', 400, 'invalid_request', 'cursor'],
  ])('%s -> %i %s, naming %s', async (url, status, code, named) => {
    const { body } = await storage.get(url);
    expect(body).toMatchObject({ status, code, detail: expect.stringContaining(named) });
  });

  it('says of a chain whose day was removed that it is gone, and that its figures are there', async () => {
    await start({
      openStore: async (folder) => {
        const store = await createSqliteMarketStore({ folder });
        // What the store answers once the file of the day is not there.
        return { ...store, asOf: async () => null, latest: async () => null };
      },
    });
    const id = `NIFTY-${EXPIRY}-24000-C`;
    for (const path of [
      'chain/NIFTY',
      `chain/NIFTY?at=${iso(NOON + MINUTE_MS)}`,
      'chain/NIFTY?fields=iv',
      'mobile',
      `contracts/${id}`,
    ]) {
      const url = path === 'mobile' ? '/api/mobile/chain/NIFTY' : `/api/data/${path}`;
      expect((await storage.get(url)).body, url).toMatchObject({
        status: 404,
        code: 'no_data',
        detail: `the chain of NIFTY ${EXPIRY} at ${iso(NOON + MINUTE_MS)} is not stored any more: the snapshots of ${iso(NOON).slice(0, 10)} (UTC) were removed; its figures are kept, GET /api/data/chains/NIFTY lists them`,
      });
    }
    expect((await storage.get('/api/data/chains/NIFTY')).body.count).toBe(2);
  });

  it('has no chain for a product of which only prices are stored', async () => {
    await storage.store.putTicks([tickAt(NOON, { product: 'BTC' })], []);
    storage.clock.step(-3_600_000);
    storage.clock.set(storage.clock.now() + STORAGE_DEFAULTS.catalogueTtlMs);
    expect((await storage.get('/api/data/chain/BTC')).body).toMatchObject({ code: 'no_data' });
  });
});

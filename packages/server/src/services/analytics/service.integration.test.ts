import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bar, BUILDUPS, type EnrichedChain, IV_STATUSES } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSqliteMarketStore } from '../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createHttpApp } from '../../kit/http/http.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import type { MarketStore, StoredTick } from '../../ports/stores/market/market-store.ts';
import { createAnalytics } from './service.ts';
import { chainOf } from './stored-chain.fixture.ts';

const MINUTE = 60_000;
/** A Wednesday, 10:00 in India. */
const AT = Date.UTC(2026, 7, 19, 4, 30);
const SESSION_OPEN = Date.UTC(2026, 7, 19, 3, 45);
const [GONE, NEAR, FAR] = ['2026-08-18', '2026-08-25', '2026-09-29'];
const OK = IV_STATUSES.indexOf('ok');

const iso = (epochMs: number) => new Date(epochMs).toISOString();

/** Premium 10 and open interest 100 + minute at each strike. */
function snapshot(expiry: string, minute: number, pcr: number | null): EnrichedChain {
  const oi = 100 + minute;
  return chainOf(
    'NIFTY',
    expiry,
    AT + minute * MINUTE,
    {
      strike: [90, 100, 110],
      call_last: [10, 10, 10],
      put_last: [10, 10, 10],
      call_open_interest: [oi, 2 * oi, 3 * oi],
      put_open_interest: [3 * oi, 2 * oi, oi],
      call_buildup: [BUILDUPS.indexOf('short_covering'), Number.NaN, Number.NaN],
      call_iv: [0.3, 0.2, 0.2],
      call_iv_status: [OK, OK, OK],
      put_iv: [0.25, 0.2, 0.3],
      put_iv_status: [OK, OK, OK],
    },
    { pcr_oi: pcr, pcr_volume: null },
  );
}

function bar(start: number, close: number): Bar {
  const times = { start, open_at: start, close_at: start + MINUTE };
  return {
    product: 'NIFTY',
    interval: '15m',
    ...times,
    open: close - 1,
    high: close + 5,
    low: close - 5,
    close,
  };
}

const tick = (product: string): StoredTick => ({
  product,
  timestamp: AT,
  epoch: 'e1',
  seq: 1,
  source: 'synthetic',
  currency: 'INR',
  price: 100,
  previousClose: null,
});

let folder: string;
let store: MarketStore;
const app = createHttpApp({ logger: silentLogger });
const get = async (path: string) => {
  const response = await app.inject(`/api/analytics/${path}`);
  return { status: response.statusCode, body: response.json() };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'analytics-'));
  store = await createSqliteMarketStore({ folder });
  await store.putSnapshots([
    snapshot(GONE, -1500, 0.5),
    ...[0, 1, 2, 3, 16, 17].map((minute) => snapshot(NEAR, minute, 1 + minute / 100)),
    snapshot(FAR, 17, null),
  ]);
  const quarters = Array.from({ length: 10 }, (_, i) => bar(SESSION_OPEN + i * 15 * MINUTE, 100 + i));
  await store.putTicks([tick('NIFTY'), tick('SPY')], quarters);
  const analytics = createAnalytics({ store, logger: silentLogger });
  await analytics.start();
  expect(await analytics.ready()).toEqual([{ name: 'store', ok: true, reason: null }]);
  await app.register(analytics.routes ?? (async () => {}));
});

it('is ready without reading what is stored: heartbeats ask every second', async () => {
  const products = vi.fn(store.products);
  const analytics = createAnalytics({ store: { ...store, products }, logger: silentLogger });
  await analytics.start();
  expect(await analytics.ready()).toEqual([{ name: 'store', ok: true, reason: null }]);
  expect(products).not.toHaveBeenCalled();
  await analytics.stop();
});

afterAll(async () => {
  await app.close();
  await store.close();
  await rm(folder, { recursive: true });
});

describe('put-call ratio', () => {
  it('answers the nearest unexpired expiry with every snapshot', async () => {
    const { status, body } = await get('pcr/NIFTY');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      product: 'NIFTY',
      expiry: NEAR,
      timestamp: iso(AT + 17 * MINUTE),
      pcr_oi: 1.17,
      pcr_volume: null,
      count: 6,
      next_cursor: null,
    });
    expect(body.history.at(-1)).toEqual({ timestamp: iso(AT + 17 * MINUTE), pcr_oi: 1.17, pcr_volume: null });
  });

  it('keeps the last of each interval, aligned to the session, and pages', async () => {
    const first = await get('pcr/NIFTY?interval=15m&limit=1');
    expect(first.body.history).toEqual([
      { timestamp: iso(AT + 17 * MINUTE), pcr_oi: 1.17, pcr_volume: null },
    ]);
    const second = await get(`pcr/NIFTY?interval=15m&limit=1&cursor=${first.body.next_cursor}`);
    expect(second.body.history.map(({ pcr_oi }: { pcr_oi: number }) => pcr_oi)).toEqual([1.03]);
    expect(second.body.next_cursor).toBeNull();
  });

  it('keeps to the range asked for', async () => {
    const from = encodeURIComponent(iso(AT + MINUTE));
    const to = encodeURIComponent(iso(AT + 3 * MINUTE));
    const { body } = await get(`pcr/NIFTY?expiry=${NEAR}&from=${from}&to=${to}`);
    expect(body.history.map(({ pcr_oi }: { pcr_oi: number }) => pcr_oi)).toEqual([1.01, 1.02]);
  });
});

describe('max pain', () => {
  it('gives the complete curve', async () => {
    const { body } = await get(`max-pain/NIFTY?expiry=${NEAR}`);
    expect(body).toMatchObject({ max_pain_strike: 100, max_pain_ties: [100], null_reason: null, count: 3 });
    const pain = (settlement: number) =>
      [90, 100, 110].reduce((sum, strike, i) => {
        const oi = 117;
        const call = (i + 1) * oi * Math.max(0, settlement - strike);
        return sum + call + (3 - i) * oi * Math.max(0, strike - settlement);
      }, 0);
    expect(body.curve).toEqual([90, 100, 110].map((strike) => ({ strike, pain: pain(strike) })));
  });
});

describe('open-interest build-up', () => {
  it('compares with the snapshot that stood a window before', async () => {
    const { body } = await get('oi-buildup/NIFTY?window=15m');
    expect(body).toMatchObject({ window: '15m', baseline_timestamp: iso(AT + 2 * MINUTE), count: 6 });
    expect(body.contracts[0]).toEqual({
      strike: 90,
      side: 'call',
      price: 10,
      price_change: 0,
      open_interest: 117,
      open_interest_change: 15,
      buildup: 'neutral',
      null_reason: null,
    });
  });

  it('is null with the reason when nothing that old is stored', async () => {
    const { body } = await get('oi-buildup/NIFTY?window=60m');
    expect(body.baseline_timestamp).toBeNull();
    expect(body.contracts[0]).toMatchObject({
      buildup: null,
      price_change: null,
      null_reason: 'no snapshot is stored from 60m before',
    });
  });

  it('takes the session by default', async () => {
    const { body } = await get('oi-buildup/NIFTY');
    expect(body.window).toBe('session');
    expect(body.contracts.slice(0, 2)).toMatchObject([
      { buildup: 'short_covering', null_reason: null },
      { buildup: null, null_reason: 'no previous close' },
    ]);
  });
});

describe('volatility surface', () => {
  it('has the out-of-the-money side of every open expiry', async () => {
    const { body } = await get('volatility-surface/NIFTY');
    expect(body.expiries.map(({ expiry }: { expiry: string }) => expiry)).toEqual([NEAR, FAR]);
    expect(body.expiries[0]).toMatchObject({ forward: 100, strikes: [90, 100, 110], iv: [0.25, 0.2, 0.2] });
    expect(body.expiries[0].log_moneyness[1]).toBe(0);
  });
});

describe('bars', () => {
  it('answers stored bars in pages', async () => {
    const url = `ohlc/NIFTY?interval=15m&limit=7&from=${iso(SESSION_OPEN)}`;
    const first = await get(url);
    const second = await get(`${url}&cursor=${first.body.next_cursor}`);
    expect([first.body.count, second.body.count, second.body.next_cursor]).toEqual([7, 3, null]);
    expect(second.body.bars[0]).toEqual({
      start: iso(SESSION_OPEN + 105 * MINUTE),
      open: 106,
      high: 112,
      low: 102,
      close: 107,
    });
  });

  it('rolls longer ones up, aligned to the session', async () => {
    const { body } = await get('ohlc/NIFTY?interval=1h');
    expect(body.bars).toEqual([
      { start: iso(SESSION_OPEN), open: 99, high: 108, low: 95, close: 103 },
      { start: iso(SESSION_OPEN + 60 * MINUTE), open: 103, high: 112, low: 99, close: 107 },
      { start: iso(SESSION_OPEN + 120 * MINUTE), open: 107, high: 114, low: 103, close: 109 },
    ]);
    const day = await get('ohlc/NIFTY?interval=1d');
    expect(day.body.bars).toEqual([{ start: iso(SESSION_OPEN), open: 99, high: 114, low: 95, close: 109 }]);
  });

  it('counts a longer bar by its own start, and pages', async () => {
    const from = encodeURIComponent(iso(SESSION_OPEN + 30 * MINUTE));
    const to = encodeURIComponent(iso(SESSION_OPEN + 61 * MINUTE));
    const { body } = await get(`ohlc/NIFTY?interval=1h&from=${from}&to=${to}`);
    expect(body.bars).toMatchObject([{ start: iso(SESSION_OPEN + 60 * MINUTE), close: 107 }]);
    const first = await get('ohlc/NIFTY?interval=1h&limit=2');
    const second = await get(`ohlc/NIFTY?interval=1h&limit=2&cursor=${first.body.next_cursor}`);
    expect([first.body.count, second.body.count]).toEqual([2, 1]);
    expect(first.body.bars[1].close).toBe(109);
    expect(second.body.bars[0].close).toBe(103);
  });

  it('has none where none are stored', async () => {
    expect((await get('ohlc/SPY')).body).toMatchObject({ count: 0, bars: [], next_cursor: null });
  });
});

describe('bad requests', () => {
  it.each([
    ['pcr/NOPE', 404, 'unknown_product'],
    ['ohlc/NOPE', 404, 'unknown_product'],
    ['volatility-surface/NOPE', 404, 'unknown_product'],
    ['max-pain/SPY', 404, 'no_data'],
    ['max-pain/NIFTY?expiry=2030-01-01', 404, 'unknown_expiry'],
    ['max-pain/NIFTY?expiry=soon', 400, 'invalid_request'],
    ['oi-buildup/NIFTY?window=7m', 400, 'invalid_request'],
    ['pcr/NIFTY?cursor=%20', 400, 'invalid_request'],
    ['pcr/NIFTY?cursor=-1', 400, 'invalid_request'],
    ['pcr/NIFTY?limit=0', 400, 'invalid_request'],
    ['ohlc/NIFTY?from=yesterday', 400, 'invalid_request'],
  ])('%s is %i %s', async (path, status, code) => {
    expect(await get(path)).toMatchObject({ status, body: { code } });
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IV_STATUSES, isoTime, type UnderlyingTick } from '@deltastream/contracts';
import { black76Price } from '@deltastream/quant';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createHttpApp } from '../../../kit/http/http.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { enrichTick } from '../../enricher/enrich-tick.ts';
import { createAnalytics } from '../service.ts';
import { chainOf } from '../stored-chain.fixture.ts';

const MINUTE = 60_000;
const AT = Date.UTC(2026, 7, 19, 4, 30);
const STRIKES = [85, 90, 95, 100, 105, 110, 115];
const OK = IV_STATUSES.indexOf('ok');
/** By expiry: the minutes at which there is a snapshot; the first one expires in between, the last one is listed later. */
const SNAPSHOTS = [
  { expiry: '2026-08-19', minutes: [0, 1, 2, 3], expiryAt: AT + 4 * MINUTE },
  { expiry: '2026-08-25', minutes: [0, 2, 4, 5, 6, 20, 21], expiryAt: undefined },
  { expiry: '2026-09-29', minutes: [6, 21], expiryAt: undefined },
];
const ROUTES = [
  'pcr/NIFTY',
  'pcr/NIFTY?expiry=2026-08-25&interval=5m',
  'pcr/NIFTY?order=desc&limit=2',
  'max-pain/NIFTY',
  'max-pain/NIFTY?expiry=2026-09-29',
  'exposure/NIFTY',
  'exposure/NIFTY?model=all_long&expiry=2026-08-25',
  'exposure-profile/NIFTY',
  'oi-buildup/NIFTY',
  'oi-buildup/NIFTY?window=5m',
  'term-structure/NIFTY',
  'history/NIFTY?figures=pcr_oi,atm_iv',
  'history/NIFTY?figures=pcr_oi&resolution=5m&limit=2',
  'history/NIFTY?figures=pcr_oi&resolution=1d&order=desc',
  'by-expiry/NIFTY',
  'premium/NIFTY?legs=2026-08-25:90:call:2,2026-09-29:110:put:-1&resolution=1m',
  'premium/NIFTY?legs=2026-08-19:100:call:1,2026-08-25:100:call:-1&order=desc',
  'premium/NIFTY?rolling=strangle&limit=3',
  'premium/NIFTY?expiry=2026-08-25&resolution=5m',
  'compare/NIFTY?before=2026-08-19T04:30:30Z&expiry=2026-08-25',
  'contract/NIFTY-2026-08-25-110-C',
  'contract/NIFTY-2026-08-25-110-C?resolution=5m&fields=iv,price',
  'oi-profile/NIFTY',
  'oi-change/NIFTY?window=5m',
  'oi-heatmap/NIFTY?resolution=1m&limit=3',
  'oi-by-strike/NIFTY?strikes=90,100,105&expiry=2026-08-25',
  'by-expiry/NIFTY?figures=forward_source,strike_count,gex_net,session_phase,quotes_as_of,open_interest_as_of',
  'volatility-surface/NIFTY',
  'rank/NIFTY',
  'volatility-index/NIFTY',
  'realised-volatility/NIFTY',
  'forecast/NIFTY',
  'product-figures/NIFTY',
  'product-figures/NIFTY?fields=iv_nearest,total_gex_net',
  'surface-fit/NIFTY',
  'surface/NIFTY?grid=5',
  'smile/NIFTY',
  'smile/NIFTY?expiry=2026-08-19&grid=5',
  'smile/NIFTY?expiry=2026-09-29',
  'skew/NIFTY',
  'ohlc/NIFTY',
  'ohlc/NIFTY?interval=5m&order=desc&limit=3',
  'ohlc/NIFTY?interval=15m',
  'ohlc/NIFTY?interval=1h&limit=1',
  'ohlc/NIFTY?interval=1d',
  'skew/NIFTY?expiry=2026-08-25&order=desc&limit=2',
];

let folder: string;
let store: MarketStore;
const app = createHttpApp({ logger: silentLogger });
const get = async (path: string) => {
  const { statusCode, body } = await app.inject(`/api/analytics/${path}`);
  return { statusCode, body: body.replace(/"request_id":"[^"]+"/, '') };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'as-of-'));
  store = await createSqliteMarketStore({ folder });
  await app.register(
    createAnalytics({ store, logger: silentLogger }, { surfaceStaleMs: 0, figuresStaleMs: 0 }).routes ??
      (async () => {}),
  );
});
afterAll(async () => {
  await app.close();
  await store.close();
  await rm(folder, { recursive: true });
});

/** Fades out from the money. */
const across = (atMoney: number, wing: number) =>
  STRIKES.map((_, i) => atMoney + (wing - atMoney) * (Math.abs(i - 3) / 3));

const snapshot = (expiry: string, minute: number, expiryAt: number | undefined) => {
  const oi = 100 + ((minute * 7) % 11);
  const years = (Date.parse(`${expiry}T10:00:00Z`) - AT - minute * MINUTE) / (365 * 86_400_000);
  const ivs = STRIKES.map((strike) => 0.2 + 0.5 * Math.log(strike / 100) ** 2 + minute / 1000);
  const price = (side: 1 | -1) =>
    STRIKES.map((strike, i) => black76Price(100, strike, years, ivs[i], 1, side));
  const chain = chainOf(
    'NIFTY',
    expiry,
    AT + minute * MINUTE,
    {
      strike: STRIKES,
      ...quotesOf('call', price(1)),
      ...quotesOf('put', price(-1)),
      call_open_interest: across(2 * oi, 3),
      put_open_interest: across(2 * oi, oi + minute),
      call_iv: ivs,
      put_iv: ivs,
      call_delta: [0.95, 0.9, 0.8, 0.5, 0.2, 0.1, 0.05],
      put_delta: [-0.05, -0.1, -0.2, -0.5, -0.8, -0.9, -0.95],
      call_gamma: across(0.02, 0.001),
      put_gamma: across(0.02, 0.001),
      call_vega: across(9, 0.5),
      put_vega: across(9, 0.5),
      call_iv_status: STRIKES.map(() => OK),
      put_iv_status: STRIKES.map(() => OK),
    },
    {
      pcr_oi: minute,
      pcr_volume: null,
      forward: 100,
      year_fraction: years,
      rr25: minute / 100,
      session_phase: 'continuous',
      quotes_as_of: isoTime(AT + minute * MINUTE),
      open_interest_as_of: isoTime(AT),
    },
  );
  return expiryAt === undefined ? chain : { ...chain, expiry_at: expiryAt };
};

const quotesOf = (side: 'call' | 'put', prices: number[]) => ({
  [`${side}_last`]: prices,
  [`${side}_bid`]: prices.map((price) => price - 0.05),
  [`${side}_ask`]: prices.map((price) => price + 0.05),
});

/** A tick each 25 s, so that minutes and quarters of an hour are seen when they are partly over. */
async function putTicks(fromMs: number, toMs: number): Promise<void> {
  for (let timestamp = fromMs; timestamp < toMs; timestamp += 25_000) {
    const price = 24_000 + 50 * Math.sin(timestamp / 70_000);
    const tick = {
      product: 'NIFTY',
      timestamp,
      epoch: 'e1',
      seq: timestamp,
      source: 'replay',
      currency: 'INR',
    };
    const { bars } = enrichTick({
      ...tick,
      price,
      previous_close: null,
      quality: [],
      generation: 0,
    } as UnderlyingTick);
    await store.putTicks([{ ...tick, price, previousClose: null }], bars);
  }
}

it('answers as of every instant as it did then, byte for byte', async () => {
  const minutes = [...new Set(SNAPSHOTS.flatMap((each) => each.minutes))].toSorted((a, b) => a - b);
  const then = new Map<number, { statusCode: number; body: string }[]>();
  let ticked = AT - MINUTE;
  for (const minute of minutes) {
    const until = AT + minute * MINUTE + 1;
    await putTicks(ticked, until);
    ticked += 25_000 * Math.ceil((until - ticked) / 25_000);
    const due = SNAPSHOTS.filter((each) => each.minutes.includes(minute));
    await store.putSnapshots(due.map(({ expiry, expiryAt }) => snapshot(expiry, minute, expiryAt)));
    then.set(minute, await Promise.all(ROUTES.map(get)));
  }
  expect(new Set([...then.values()].map((answers) => JSON.stringify(answers))).size).toBe(minutes.length);
  const last = then.get(minutes[minutes.length - 1]) ?? [];
  // The contracts of the first expiry are over, and its smile is still one.
  expect(last.map(({ statusCode }) => statusCode)).toEqual(ROUTES.map(() => 200));
  expect(last[ROUTES.indexOf('surface/NIFTY?grid=5')].body).toContain('"svi":{"a":');
  for (const [minute, answers] of then) {
    // Nothing came in the second after; a snapshot, a minute later at the earliest.
    for (const wait of [0, 999]) {
      const at = new Date(AT + minute * MINUTE + wait).toISOString();
      const later = await Promise.all(
        ROUTES.map((path) => get(`${path}${path.includes('?') ? '&' : '?'}at=${at}`)),
      );
      for (const [i, path] of ROUTES.entries()) {
        // An expiry that was not listed yet is known today.
        if (answers[i].statusCode === 404) expect(later[i].statusCode, path).toBe(404);
        else expect(later[i], `${path} at ${at}`).toEqual(answers[i]);
      }
    }
  }
});

it('has no answer as of an instant before everything, and refuses what is not one', async () => {
  const { statusCode, body } = await get(`pcr/NIFTY?at=${new Date(AT - 1).toISOString()}`);
  expect([statusCode, JSON.parse(body.replace(/,\}$/, '}')).code]).toEqual([404, 'no_data']);
  expect((await get('pcr/NIFTY?at=yesterday')).statusCode).toBe(400);
});

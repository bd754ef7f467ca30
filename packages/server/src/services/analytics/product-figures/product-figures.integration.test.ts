import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bar, IV_STATUSES, type RankedFigure } from '@deltastream/contracts';
import { black76Price, constantMaturityIv, realisedVolatility, volatilityRank } from '@deltastream/quant';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createHttpApp } from '../../../kit/http/http.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { tickAt } from '../../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { createAnalytics } from '../service.ts';
import { chainOf } from '../stored-chain.fixture.ts';

const DAY_MS = 86_400_000;
const OK = IV_STATUSES.indexOf('ok');
/** 12:00 UTC of the first session of BTC, which has one every day. */
const FIRST = Date.UTC(2026, 0, 5, 12);
const SESSIONS = 90;
/** Expires on the last day, so that it is the zero-DTE one there. */
const EXPIRIES = [SESSIONS - 1, SESSIONS + 10, SESSIONS + 50, SESSIONS + 100].map((day) => {
  const date = new Date(FIRST + day * DAY_MS).toISOString().slice(0, 10);
  return { date, at: Date.parse(`${date}T23:00:00Z`) };
});

const noon = (session: number) => FIRST + session * DAY_MS;
const ivOf = (session: number, expiry: number) => 0.4 + 0.1 * Math.sin(session / 7) + 0.02 * expiry;
const closeOf = (session: number) => 100 * Math.exp(0.1 * Math.sin(session * session));

function chainAt(session: number, expiry: number) {
  const { date, at } = EXPIRIES[expiry];
  const timestamp = noon(session);
  const years = Math.max(0, (at - timestamp) / (365 * DAY_MS));
  const iv = ivOf(session, expiry);
  const strike = Array.from({ length: 81 }, (_, i) => 60 + i);
  const price = (side: 1 | -1) => strike.map((each) => black76Price(100, each, years, iv, 1, side));
  const [calls, puts] = [price(1), price(-1)];
  const status = strike.map(() => OK);
  const cells = {
    strike,
    call_bid: calls.map((each) => each * 0.99),
    call_ask: calls.map((each) => each * 1.01),
    put_bid: puts.map((each) => each * 0.99),
    put_ask: puts.map((each) => each * 1.01),
    call_iv_status: status,
    put_iv_status: status,
  };
  const figures = {
    atm_iv: years > 0 ? iv : null,
    year_fraction: years,
    gex_net: expiry + 1,
    gex_gross: 10 * (expiry + 1),
  };
  return { ...chainOf('BTC', date, timestamp, cells, figures), expiry_at: at };
}

function barsAt(session: number): Bar[] {
  const close = closeOf(session);
  const open = 100;
  return [0, 1, 2].map((i): Bar => {
    const start = noon(session) - (3 - i) * 300_000;
    const at = (share: number) => open + (close - open) * share;
    return {
      product: 'BTC',
      interval: '5m',
      start,
      open_at: start,
      open: at(i / 3),
      high: Math.max(at(i / 3), at((i + 1) / 3)) + 0.5,
      low: Math.min(at(i / 3), at((i + 1) / 3)) - 0.5,
      close_at: start + 1000,
      close: at((i + 1) / 3),
    };
  });
}

/** What Deribit published of the coin before noon, or after it. */
const dvolAt = (session: number, afterNoonMs = -1000, price = 40 + session / 10) =>
  tickAt(noon(session) + afterNoonMs, {
    ...{ product: 'BTC.DVOL', source: 'deribit', currency: 'USD', price, previousClose: null },
    seq: 2 * session + (afterNoonMs > 0 ? 2 : 1),
  });

describe('figures of a product over sessions', () => {
  let folder: string;
  let store: MarketStore;
  const app = createHttpApp({ logger: silentLogger });
  const get = async (path: string, headers = {}) => {
    const { statusCode, body } = await app.inject({ url: `/api/analytics/${path}`, headers });
    expect(statusCode, body).toBe(200);
    return body;
  };
  const ROUTES = [
    'rank/BTC',
    'rank/BTC?figure=iv_nearest',
    'volatility-index/BTC',
    'realised-volatility/BTC',
    'forecast/BTC',
    'product-figures/BTC',
    'product-figures/BTC?fields=iv_rank,forecast_har_1',
  ];
  /** What was answered live, by session. */
  const live = new Map<number, string[]>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'product-figures-'));
    store = await createSqliteMarketStore({ folder, commitIntervalMs: 1 });
    // A past session is read again, so that what was stored after it began is seen.
    const service = createAnalytics(
      { store, logger: silentLogger },
      { sessionCacheMs: 1, figuresStaleMs: 0 },
    );
    await app.register(service.routes ?? (async () => {}));
    for (let session = 0; session < SESSIONS; session++) {
      const listed = EXPIRIES.flatMap(({ at }, i) => (at > noon(session) ? [chainAt(session, i)] : []));
      await store.putTicks(
        session === 61 ? [] : [dvolAt(session), dvolAt(session, 1000, 99)],
        barsAt(session),
      );
      await store.putSnapshots(listed);
      if ([5, 25, 61, SESSIONS - 1].includes(session))
        live.set(session, await Promise.all(ROUTES.map((each) => get(each))));
    }
  });
  afterAll(async () => {
    await app.close();
    await store.close();
    await rm(folder, { recursive: true });
  });

  const latest = async (path: string) => JSON.parse(await get(path));

  it('are answered as of every instant as they were then, byte for byte', async () => {
    expect(live.size).toBe(4);
    for (const [session, answers] of live) {
      const at = new Date(noon(session) + 3_600_000).toISOString();
      const later = await Promise.all(
        ROUTES.map((path) => get(`${path}${path.includes('?') ? '&' : '?'}at=${at}`)),
      );
      for (const [i, path] of ROUTES.entries()) expect(later[i], `${path} at ${at}`).toBe(answers[i]);
    }
    expect(new Set([...live.values()].map((answers) => answers[0])).size).toBe(4);
  });

  it('have the index of the venue beside ours, and none where it publishes none or fell silent', async () => {
    const at = (session: number) => `at=${new Date(noon(session)).toISOString()}`;
    for (const session of [5, 25, SESSIONS - 1]) {
      const { venue_volatility_index, null_reasons } = await latest(`volatility-index/BTC?${at(session)}`);
      expect(venue_volatility_index).toBe(40 + session / 10);
      expect(null_reasons).not.toHaveProperty('venue_volatility_index');
      const figures = await latest(`product-figures/BTC?${at(session)}`);
      expect(figures.venue_volatility_index).toBe(venue_volatility_index);
    }
    for (const path of ['volatility-index', 'product-figures'])
      expect(await latest(`${path}/BTC?${at(61)}`)).toMatchObject({
        ...{
          venue_volatility_index: null,
          null_reasons: { venue_volatility_index: 'venue_index_not_recorded' },
        },
      });
    await store.putSnapshots([{ ...chainAt(5, 2), product: 'NIFTY' }]);
    expect(await latest('volatility-index/NIFTY')).toMatchObject({
      ...{ venue_volatility_index: null, null_reasons: { venue_volatility_index: 'no_venue_index' } },
    });
  });

  it('rank the volatility of 30 days among its closes of the sessions before, at least 20 of them', async () => {
    const ivAt = (session: number) =>
      constantMaturityIv(
        EXPIRIES.map(({ at }, i) => ({
          iv: ivOf(session, i),
          yearFraction: (at - noon(session)) / (365 * DAY_MS),
        })),
        30 / 365,
      );
    const closes = Array.from({ length: SESSIONS - 1 }, (_, i) => ivAt(i)).filter((each) => each !== null);
    const answer = await latest('rank/BTC');
    const expected = volatilityRank(ivAt(SESSIONS - 1) ?? 0, closes);
    expect(answer.closes.map(({ iv }: { iv: number }) => iv)).toEqual(closes);
    expect(answer.observations).toBe(closes.length);
    expect(answer.rank).toBeCloseTo(expected?.rank ?? Number.NaN, 10);
    expect(answer.percentile).toBeCloseTo(expected?.percentile ?? Number.NaN, 10);
    const early = JSON.parse(live.get(5)?.[1] ?? '{}');
    expect(early).toMatchObject({
      figure: 'iv_nearest' satisfies RankedFigure,
      rank: null,
      observations: 5,
      null_reason: 'too_few_sessions',
    });
  });

  it('have realised volatilities of complete sessions, and the premium over them', async () => {
    const answer = await latest('realised-volatility/BTC');
    const sessions = Array.from({ length: SESSIONS - 1 }, (_, i) => i);
    const prices = {
      open: sessions.map(() => 100),
      high: sessions.map((i) => Math.max(100, closeOf(i)) + 0.5),
      low: sessions.map((i) => Math.min(100, closeOf(i)) - 0.5),
      close: sessions.map(closeOf),
    };
    expect(answer).toMatchObject({ sessions_per_year: 365, observations: SESSIONS - 1, count: 4 });
    for (const window of answer.windows) {
      for (const estimator of ['close_to_close', 'garman_klass', 'yang_zhang'] as const) {
        const expected = realisedVolatility(prices, estimator, window.sessions, 365) ?? Number.NaN;
        expect(window[estimator] / expected).toBeCloseTo(1, 12);
      }
    }
    const twenty = answer.windows.find(
      ({ sessions: count }: { sessions: number }) => count === 20,
    ).close_to_close;
    expect(answer.variance_risk_premium).toBeCloseTo(answer.iv_30d ** 2 - twenty ** 2, 12);
    expect(answer.volatility_risk_premium).toBeCloseTo(answer.iv_30d - twenty, 12);
  });

  it('have an index near the volatility that quotes were made of, and say which expiries it is from', async () => {
    const answer = await latest('volatility-index/BTC');
    expect(
      answer.expiries.map(({ days, expiry }: { days: number; expiry: string }) => [days, expiry]),
    ).toEqual([
      [30, EXPIRIES[1].date],
      [30, EXPIRIES[2].date],
      [9, EXPIRIES[0].date],
      [9, EXPIRIES[1].date],
    ]);
    // Strikes end at 60 and 140, so that it misses a little of the tails.
    const { iv_30d } = await latest('realised-volatility/BTC');
    expect(Math.abs(answer.volatility_index_30d / 100 - iv_30d)).toBeLessThan(0.02);
  });

  it('have forecasts with their quality from 60 sessions on', async () => {
    expect(JSON.parse(live.get(25)?.[4] ?? '{}')).toMatchObject({
      null_reason: 'too_few_sessions',
      sessions: 24,
    });
    const answer = await latest('forecast/BTC');
    expect(answer).toMatchObject({ sessions: SESSIONS - 2, null_reason: null, count: 9 });
    for (const forecast of answer.forecasts) {
      expect(forecast.volatility).toBeGreaterThan(0);
      expect(forecast.qlike).toBeGreaterThan(0);
      expect(forecast.evaluations).toBeGreaterThan(0);
    }
  });

  it('are all of them in one answer, with reasons for what is null, also as a table of chosen ones', async () => {
    const answer = await latest('product-figures/BTC');
    expect(answer).toMatchObject({
      expiries: EXPIRIES.map(({ date }) => date),
      exposure_expiries: EXPIRIES.map(({ date }) => date),
      total_gex_net: 10,
      total_gex_gross: 100,
      zero_dte_share: 0.1,
      iv_observations: (await latest('rank/BTC')).observations,
      rv_yang_zhang_20: (await latest('realised-volatility/BTC')).windows[2].yang_zhang,
    });
    const nulls = Object.entries(answer).flatMap(([name, value]) => (value === null ? [name] : []));
    expect(Object.keys(answer.null_reasons)).toEqual(nulls);
    expect(answer.null_reasons.iv_180d).toBe('no_expiries_around');
    const early = JSON.parse(live.get(5)?.[5] ?? '{}');
    expect(early.null_reasons).toMatchObject({
      rv_parkinson_10: 'too_few_sessions',
      forecast_garch_5_r2: 'too_few_sessions',
    });
    const csv = await get('product-figures/BTC?fields=iv_rank,zero_dte_share', { accept: 'text/csv' });
    expect(csv.trim().split(/\r?\n/)).toEqual([
      'product,timestamp,iv_rank,zero_dte_share',
      `BTC,${answer.timestamp},${answer.iv_rank},0.1`,
    ]);
    expect((await app.inject('/api/analytics/product-figures/BTC?fields=nonsense')).statusCode).toBe(400);
    expect((await app.inject('/api/analytics/forecast/UNHEARD')).statusCode).toBe(404);
  });
});

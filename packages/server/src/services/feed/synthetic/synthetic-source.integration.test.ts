import { createHash } from 'node:crypto';
import { column, contractPrice, MARKET_CHAINS, MARKET_TICKS, type RawChain } from '@deltastream/contracts';
import { black76Greeks, IV_STATUS, impliedVolatility, yearFraction } from '@deltastream/quant';
import type { Source } from '@deltastream/recordings/source';
import { collect } from '@deltastream/recordings/testing/recordings';
import {
  currentSessionStart,
  type Exchange,
  type Market,
  productInfo,
  sessionIsOpen,
} from '@deltastream/reference';
import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../ports/clock.ts';
import { createProductMarket } from './product-market.ts';
import { createRandom } from './random.ts';
import { smileVolatility } from './smile.ts';
import { type SyntheticConfig, syntheticProduct } from './synthetic-config.ts';
import { DEFAULT_PRODUCTS } from './synthetic-settings.ts';
import { createSyntheticSource } from './synthetic-source.ts';

const START = Date.parse('2026-08-19T05:00:00.000Z');
const HOUR = 3_600_000;
const dateOf = ({ timestamp }: { timestamp: number }) => new Date(timestamp).toISOString().slice(0, 10);

const source = (config: SyntheticConfig = {}) =>
  createSyntheticSource({ startMs: START, syntheticHistory: 0, ...config });

async function bytesOf(feed: Source, items: number): Promise<string> {
  const { chains, ticks } = await collect(feed, items);
  const frames = [...chains.map(MARKET_CHAINS.frames.encode), ...ticks.map(MARKET_TICKS.frames.encode)];
  return Buffer.concat(frames).toString('base64');
}

describe('the same seed and start', () => {
  test('give the same bytes', async () => {
    const bytes = await bytesOf(source({ seed: 7 }), 300);
    expect(await bytesOf(source({ seed: 7 }), 300)).toBe(bytes);
    expect(await bytesOf(source({ seed: 8 }), 300)).not.toBe(bytes);
    expect(await bytesOf(source({ seed: 7, startMs: START + 1 }), 300)).not.toBe(bytes);
  });

  test('give the same bytes for a million events', async () => {
    const config = { seed: 7, ticksPerSecond: 1000, chainIntervalMs: 10_000, products: ['NIFTY', 'BTC'] };
    const digest = async () => {
      const hash = createHash('sha256');
      let events = 0;
      for await (const item of source(config)) {
        if (item.kind === 'tick') hash.update(MARKET_TICKS.frames.encode(item.tick));
        if (item.kind === 'chain') hash.update(MARKET_CHAINS.frames.encode(item.chain));
        if (++events === 1_000_000) break;
      }
      return hash.digest('hex');
    };
    const [first, second] = [await digest(), await digest()];
    expect(second).toBe(first);
  }, 120_000);

  test('give a product the same prices whichever others run beside it', async () => {
    const alone = await collect(source({ products: ['SPY'] }), 12);
    const beside = await collect(source({ products: ['SPY', 'BTC', 'NIFTY'] }), 36);
    const prices = beside.ticks.filter(({ product }) => product === 'SPY').map(({ price }) => price);
    expect(prices).toEqual(alone.ticks.map(({ price }) => price));
  });
});

describe('quotes', () => {
  test('imply the volatility they were priced with, within half a tick over vega', async () => {
    const quoted = [...DEFAULT_PRODUCTS, 'ETH'].flatMap((symbol) => {
      const config = { startMs: START, expiries: 3, strikes: 40, hours: 'always' } as const;
      const market = createProductMarket(syntheticProduct(symbol, {}), config, createRandom(1), null);
      return Array.from({ length: 3 * market.expiries(START) }, (_, i) => {
        const n = i % market.expiries(START);
        const atMs = START + 1000 * Math.floor(i / market.expiries(START));
        return { ...market.chain(atMs, n), smile: market.view(atMs, n).smile };
      });
    });
    expect(new Set(quoted.map(({ product }) => product)).size).toBe(8);
    let checked = 0;
    for (const { smile, ...chain } of quoted) {
      const forward = chain.future as number;
      const years = yearFraction(chain.timestamp, chain.expiry_at);
      const halfTick = (chain.price_tick as number) / 2;
      forEachQuote(chain, ({ strike, sign, bid, ask }) => {
        const outOfTheMoney = sign > 0 ? strike >= forward : strike < forward;
        if (!outOfTheMoney || Number.isNaN(bid)) return;
        const sigma = smileVolatility(smile, Math.log(strike / forward), years);
        const solved = impliedVolatility((bid + ask) / 2, forward, strike, years, 1, sign);
        expect(solved.status).toBe(IV_STATUS.ok);
        // Volatility is concave or convex in price; the smaller vega of the two ends bounds it.
        const vega = Math.min(
          black76Greeks(forward, strike, years, sigma, 1, sign).vega,
          black76Greeks(forward, strike, years, solved.iv, 1, sign).vega,
        );
        expect(Math.abs(solved.iv - sigma)).toBeLessThanOrEqual((halfTick * 1.001) / vega + 1e-9);
        checked++;
      });
    }
    expect(checked).toBeGreaterThan(2000);
  });

  test('lie on the tick, bid below ask, and widen away from the money', async () => {
    const { chains } = await collect(source(), 100);
    for (const chain of chains) {
      const tick = chain.price_tick as number;
      const forward = chain.future as number;
      const spreads: { away: number; spread: number }[] = [];
      forEachQuote(chain, ({ strike, sign, bid, ask }) => {
        expect(Math.abs(ask / tick - Math.round(ask / tick))).toBeLessThan(1e-6);
        if (Number.isNaN(bid)) return;
        expect(Math.abs(bid / tick - Math.round(bid / tick))).toBeLessThan(1e-6);
        expect(bid).toBeGreaterThan(0);
        expect(bid).toBeLessThan(ask);
        if (sign * (strike - forward) < 0) return;
        spreads.push({
          away: Math.abs(strike - forward),
          spread: (ask - bid) / contractPrice(bid, ask, Number.NaN, Number.NaN, null),
        });
      });
      spreads.sort((a, b) => a.away - b.away);
      expect(spreads.at(-1)!.spread).toBeGreaterThan(spreads[0].spread);
    }
  });

  test('three expiries of about forty strikes, labelled synthetic, in force at their time', async () => {
    const { chains, ticks, rejected } = await collect(source(), 28);
    expect(rejected).toEqual([]);
    expect(ticks.map(({ product }) => product)).toEqual([...DEFAULT_PRODUCTS]);
    for (const chain of chains) {
      expect(chain.source).toBe('synthetic');
      expect(chain.epoch).toBe('2026-08-19T05:00:00.000Z');
      expect(chain.columns.count).toBe(40);
      expect(chain.expiry_at).toBeGreaterThan(chain.timestamp);
      expect(chain.currency).toBe(productInfo(chain.product)?.currency);
      expect(MARKET_CHAINS.frames.decode(MARKET_CHAINS.frames.encode(chain))).toEqual(chain);
    }
    const nifty = chains.filter(({ product }) => product === 'NIFTY').map(({ expiry }) => expiry);
    expect(nifty).toEqual(['2026-08-25', '2026-09-01', '2026-09-29']);
    expect(chains.find(({ product }) => product === 'NIFTY')?.lot_size).toBe(65);
  });
});

test('a thousand products are made up, each with prices and strikes of its own', async () => {
  const config = {
    products: ['NIFTY'],
    furtherProducts: 1_000,
    ticksPerSecond: 1e-5,
    chainIntervalMs: HOUR,
  };
  const { chains } = await collect(source({ ...config, expiries: 1, strikes: 11 }), 2_002);
  expect(new Set(chains.map(({ product }) => product)).size).toBeGreaterThan(990);
  const spots = chains.map(({ spot }) => spot as number);
  expect(Math.max(...spots) / Math.min(...spots)).toBeGreaterThan(50);
  for (const { columns, spot } of chains) {
    const strikes = column(columns, 'strike');
    expect(strikes[0]).toBeGreaterThan(0);
    expect(strikes[0]).toBeLessThan(spot as number);
    expect(strikes.at(-1)).toBeGreaterThan(spot as number);
  }
});

describe('in the hours of the exchange', () => {
  const HOURS = { hours: 'exchange', ticksPerSecond: 1 / 600, chainIntervalMs: HOUR } as const;

  test('comes what a session is of, and nothing over nights, weekends and holidays', async () => {
    // From a Friday to a Wednesday, with a holiday on Tuesday.
    const startMs = Date.parse('2026-01-23T03:00:00Z');
    const config = { ...HOURS, startMs, products: ['NIFTY', 'SPY', 'BTC'] };
    const { chains, ticks } = await collect(source(config), 2_500);
    const seen = [...chains, ...ticks];
    for (const { product, timestamp } of seen) {
      expect(
        sessionIsOpen(productInfo(product) as Market, timestamp),
        new Date(timestamp).toISOString(),
      ).toBe(true);
    }
    const days = (product: string) =>
      [...new Set(seen.filter((each) => each.product === product).map(dateOf))].sort().slice(0, 3);
    expect(days('NIFTY')).toEqual(['2026-01-23', '2026-01-27', '2026-01-28']);
    expect(days('SPY')).toEqual(['2026-01-23', '2026-01-26', '2026-01-27']);
    expect(days('BTC')).toEqual(['2026-01-23', '2026-01-24', '2026-01-25']);
    expect(chains.every(({ source }) => source === 'synthetic-sessions')).toBe(true);
  });
});

describe('over time', () => {
  test('seq rises by one per product, for chains and ticks apart', async () => {
    const { chains, ticks } = await collect(source({ products: ['SPY', 'BTC'] }), 80);
    for (const product of ['SPY', 'BTC']) {
      const of = (list: { product: string; seq: number }[]) =>
        list.filter((message) => message.product === product).map(({ seq }) => seq);
      expect(of(chains)).toEqual(of(chains).map((_, i) => i + 1));
      expect(of(ticks)).toEqual(of(ticks).map((_, i) => i + 1));
    }
  });

  test('volume only grows within a session, and restarts with it; closes are then known', async () => {
    const config = { products: ['NIFTY'], chainIntervalMs: HOUR / 4, ticksPerSecond: 0.001, expiries: 1 };
    const { chains } = await collect(source(config), 400);
    let sessions = 0;
    for (let i = 1; i < chains.length; i++) {
      if (chains[i].expiry !== chains[i - 1].expiry) continue;
      const sameSession = session('NSE', chains[i]) === session('NSE', chains[i - 1]);
      if (sameSession) expect(volumeOf(chains[i])).toBeGreaterThanOrEqual(volumeOf(chains[i - 1]));
      else {
        sessions++;
        expect(volumeOf(chains[i])).toBeLessThan(volumeOf(chains[i - 1]));
      }
    }
    expect(sessions).toBeGreaterThan(1);
    const last = chains[chains.length - 1].columns;
    expect(column(last, 'call_open_interest').some((value) => value > 0)).toBe(true);
    expect(column(last, 'call_open_interest_change').some((value) => value !== 0)).toBe(true);
    expect(column(last, 'call_previous_close').some((value) => value > 0)).toBe(true);
  });

  test('an expired expiry gives way to the next, and strikes follow the underlying', async () => {
    const config = { products: ['BTC'], chainIntervalMs: HOUR, ticksPerSecond: 0.001, volatility: 1.5 };
    const { chains } = await collect(source(config), 1200);
    const expiries = new Set(chains.map(({ expiry }) => expiry));
    expect(expiries.size).toBeGreaterThan(6);
    for (const chain of chains) {
      const strikes = column(chain.columns, 'strike');
      expect(chain.expiry_at).toBeGreaterThan(chain.timestamp);
      expect(chain.columns.count).toBeLessThanOrEqual(120);
      expect(strikes[0]).toBeLessThanOrEqual(chain.future as number);
      expect(strikes[strikes.length - 1]).toBeGreaterThanOrEqual(chain.future as number);
      for (let i = 1; i < strikes.length; i++) expect(strikes[i]).toBeGreaterThan(strikes[i - 1]);
    }
  });

  test('the underlying has the configured volatility and drift', async () => {
    const config = {
      products: ['SPY'],
      ticksPerSecond: 1 / 3600,
      chainIntervalMs: 1e9,
      volatility: 0.3,
      drift: 4,
    };
    const { ticks } = await collect(source(config), 8000);
    const returns = ticks.slice(1).map(({ price }, i) => Math.log(price / ticks[i].price));
    const mean = returns.reduce((sum, r) => sum + r, 0) / returns.length;
    const variance = returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / returns.length;
    const perYear = 365 * 24;
    expect(Math.sqrt(variance * perYear)).toBeCloseTo(0.3, 1);
    expect(mean * perYear + 0.045).toBeGreaterThan(3);
    expect(mean * perYear + 0.045).toBeLessThan(5);
  });

  test('one expiry in turn when asked', async () => {
    const { chains } = await collect(source({ products: ['NIFTY'], chainExpiries: 'one' }), 12);
    expect(chains.map(({ expiry }) => expiry).slice(0, 4)).toEqual([
      '2026-08-25',
      '2026-09-01',
      '2026-09-29',
      '2026-08-25',
    ]);
  });

  test('a live feed goes on at the present after a stall', async () => {
    const clock = createManualClock(START);
    const feed = createSyntheticSource({ startMs: START, products: ['SPY'] }, clock);
    const items = feed[Symbol.asyncIterator]();
    await items.next();
    clock.set(START + HOUR);
    for (let i = 0; i < 4; i++) await items.next();
    const { value } = await items.next();
    const timestamp = value.kind === 'tick' ? value.tick.timestamp : value.chain.timestamp;
    expect(timestamp).toBeGreaterThanOrEqual(START + HOUR);
    await feed.close();
  });
});

test.each([
  [{ products: ['UNHEARD'] }, /products: UNHEARD/],
  [{ products: [] }, /products/],
  [{ volatility: -1 }, /volatility/],
  [{ ticksPerSecond: 0 }, /ticksPerSecond/],
  [{ strikes: 1 }, /strikes/],
  [{ expiries: 0 }, /expiries/],
])('a setting that makes no sense is named: %o', (config, message) => {
  expect(() => source(config)).toThrow(expect.objectContaining({ code: 'invalid_setting' }));
  expect(() => source(config)).toThrow(message);
});

interface SeenQuote {
  readonly strike: number;
  readonly sign: 1 | -1;
  readonly bid: number;
  readonly ask: number;
}

function forEachQuote({ columns }: Pick<RawChain, 'columns'>, visit: (quote: SeenQuote) => void): void {
  const strikes = column(columns, 'strike');
  for (const [side, sign] of [
    ['call', 1],
    ['put', -1],
  ] as const) {
    const bids = column(columns, `${side}_bid`);
    const asks = column(columns, `${side}_ask`);
    for (let i = 0; i < columns.count; i++) visit({ strike: strikes[i], sign, bid: bids[i], ask: asks[i] });
  }
}

function volumeOf({ columns }: RawChain): number {
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return sum(column(columns, 'call_volume')) + sum(column(columns, 'put_volume'));
}

function session(exchange: Exchange, { timestamp }: RawChain): number {
  return currentSessionStart(exchange, timestamp);
}

import {
  column,
  MARKET_CHAINS,
  MARKET_TICKS,
  type RawChain,
  type UnderlyingTick,
} from '@deltastream/contracts';
import type { SourceItem } from '@deltastream/recordings/source';
import {
  currentSessionStart,
  expiryInstant,
  productInfo,
  sessionIsOpen,
  tradingSession,
} from '@deltastream/reference';
import { describe, expect, it } from 'vitest';
import { createProductMarket } from '../product-market.ts';
import { createRandom } from '../random.ts';
import { type SyntheticConfig, syntheticProduct } from '../synthetic-config.ts';
import { SYNTHETIC } from '../synthetic-settings.ts';
import { createSyntheticSource } from '../synthetic-source.ts';
import { createPastSource } from './past-source.ts';
import { createPricePath } from './price-path.ts';
import { createSyntheticPast } from './synthetic-past.ts';

/** A Wednesday, between two steps of NSE's session. */
const START = Date.parse('2026-08-19T05:07:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function pastOf(product: string, given: SyntheticConfig = {}, startMs = START) {
  const config = { syntheticHistory: 8, pastStepMs: 15 * MINUTE, strikes: 20, ...given };
  const source = createPastSource({ product, startMs, config }, startMs);
  const items: SourceItem[] = [];
  for await (const item of source ?? []) items.push(item);
  const chains = items.flatMap((item): RawChain[] => (item.kind === 'chain' ? [item.chain] : []));
  const ticks = items.flatMap((item): UnderlyingTick[] => (item.kind === 'tick' ? [item.tick] : []));
  return { source, items, chains, ticks };
}

const bytesOf = ({ chains, ticks }: { chains: RawChain[]; ticks: UnderlyingTick[] }) =>
  Buffer.concat([
    ...chains.map(MARKET_CHAINS.frames.encode),
    ...ticks.map(MARKET_TICKS.frames.encode),
  ]).toString('base64');

const sumOf = ({ columns }: RawChain, name: 'open_interest' | 'volume' | 'open_interest_change') => {
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return sum(column(columns, `call_${name}`)) + sum(column(columns, `put_${name}`));
};
const dateOf = ({ timestamp }: { timestamp: number }) => new Date(timestamp).toISOString().slice(0, 10);

/** The first live tick of a product, and the first live chain of its nearest expiry. */
async function liveStart(product: string, startMs: number) {
  const config = { syntheticHistory: 8, pastStepMs: 15 * MINUTE, strikes: 20 };
  let tick: UnderlyingTick | null = null;
  for await (const item of createSyntheticSource({ products: [product], startMs, ...config })) {
    if (item.kind === 'tick') tick ??= item.tick;
    if (item.kind === 'chain') return { tick, chain: item.chain };
  }
  throw new Error('no chain');
}

describe('the past of a synthetic product', () => {
  it('is the same for the same seed and start, and another for another seed', async () => {
    const bytes = bytesOf(await pastOf('NIFTY', { seed: 7 }));
    expect(bytesOf(await pastOf('NIFTY', { seed: 7 }))).toBe(bytes);
    expect(bytesOf(await pastOf('NIFTY', { seed: 8 }))).not.toBe(bytes);
  });

  it('has so many sessions, at the step, within their hours, the last as far as it has gone', async () => {
    for (const product of ['NIFTY', 'SPY', 'BTC']) {
      const { chains, ticks, source } = await pastOf(product);
      const info = productInfo(product);
      if (info === null) throw new Error(product);
      expect(new Set(ticks.map(dateOf)).size).toBe(8);
      for (const { timestamp } of [...chains, ...ticks]) expect(sessionIsOpen(info, timestamp)).toBe(true);
      for (const { timestamp, expiry_at } of chains) expect(expiry_at).toBeGreaterThan(timestamp);
      expect(ticks.every(({ timestamp }, i) => i === 0 || timestamp > ticks[i - 1].timestamp)).toBe(true);
      expect(ticks.at(-1)?.timestamp).toBe(source?.endMs);
      expect(chains.every(({ source }) => source === 'synthetic')).toBe(true);
    }
    const { chains } = await pastOf('NIFTY');
    const session = tradingSession({ exchange: 'NSE', kind: 'index' }, '2026-08-18');
    const times = [...new Set(chains.map(({ timestamp }) => timestamp))].filter(
      (at) => session && at >= session.fromMs && at < session.untilMs,
    );
    // 385 minutes from 09:15 in steps of 15, and the closing.
    expect(times).toHaveLength(27);
    expect(times.at(-1)).toBe((session?.untilMs ?? 0) - 1000);
    expect(times[1] - times[0]).toBe(15 * MINUTE);
  });

  it('lists the expiries of each time: those that expired in it, too, with the lots of theirs', async () => {
    const { chains } = await pastOf('NIFTY');
    const listed = [...new Set(chains.map(({ expiry }) => expiry))].sort();
    expect(listed).toEqual(['2026-08-11', '2026-08-18', '2026-08-25', '2026-09-01', '2026-09-29']);
    for (const chain of chains) expect(chain.lot_size).toBe(65);
    const at = new Map<number, number>();
    for (const { timestamp } of chains) at.set(timestamp, (at.get(timestamp) ?? 0) + 1);
    expect(new Set(at.values())).toEqual(new Set([4, 3]));
  });

  it('ends with the price, closes and open interest that the live market begins with', async () => {
    // Within a session, after one, and on a day without one.
    for (const [product, start] of [
      ['NIFTY', '2026-08-19T05:07:00Z'],
      ['NIFTY', '2026-08-18T18:00:00Z'],
      ['SPY', '2026-08-22T16:00:00Z'],
      ['BTC', '2026-08-22T16:01:00Z'],
    ]) {
      const startMs = Date.parse(start);
      const { chains, ticks } = await pastOf(product, {}, startMs);
      const live = await liveStart(product, startMs);
      const closing = chains.filter(({ expiry }) => expiry === live.chain.expiry).at(-1);
      if (!closing) throw new Error(`${live.chain.expiry} is not in the past`);
      const { spot } = syntheticProduct(product, {});
      expect(ticks.at(-1)?.price).toBe(spot);
      expect(Math.abs((live.tick?.price ?? 0) / spot - 1)).toBeLessThan(0.001);
      const sameSession = live.tick?.previous_close === ticks.at(-1)?.previous_close;
      if (!sameSession) expect(live.tick?.previous_close).toBe(spot);
      const interest = sumOf(closing, 'open_interest');
      expect(Math.abs(sumOf(live.chain, 'open_interest') / interest - 1)).toBeLessThan(0.05);
      expect(sumOf(live.chain, 'volume')).toBeGreaterThanOrEqual(sameSession ? sumOf(closing, 'volume') : 0);
    }
  });

  // Each exchange and schedule; hours of all kinds, weekends, holidays, early closes and days of an expiry among them.
  it.each(['NIFTY', 'BANKNIFTY', 'SENSEX', 'SPY', 'BTC'])(
    'of %s ends with the expiries that the live market begins with, whenever it begins',
    (symbol) => {
      const product = syntheticProduct(symbol, {});
      const { exchange } = product.info;
      for (
        let startMs = Date.UTC(2026, 9, 1);
        startMs < Date.UTC(2027, 0, 1);
        startMs += 23 * HOUR + 7 * MINUTE
      ) {
        const config = {
          startMs,
          sessions: 1,
          stepMs: HOUR,
          expiries: 3,
          strikes: 5,
          seed: 1,
          hours: 'always',
        } as const;
        const past = createSyntheticPast(product, config);
        const items = [...(past?.items() ?? [])];
        const chains = items.flatMap((item) => (item.kind === 'chain' ? [item.chain] : []));
        const endMs = chains.at(-1)?.timestamp ?? 0;
        const atEnd = chains.filter(({ timestamp }) => timestamp === endMs).map(({ expiry }) => expiry);
        const market = createProductMarket(product, config, createRandom(1), past);
        const live = Array.from(
          { length: market.expiries(startMs) },
          (_, n) => market.chain(startMs, n).expiry,
        );
        const lasting = atEnd.filter((expiry) => expiryInstant(exchange, expiry) > startMs);
        const opened = currentSessionStart(exchange, startMs) > currentSessionStart(exchange, endMs);
        // Others are listed when one expires or a session opens, and by nothing else.
        const others =
          opened || lasting.length < atEnd.length ? live.filter((each) => !lasting.includes(each)) : [];
        expect([...lasting, ...others].sort(), new Date(startMs).toISOString()).toEqual(live);
      }
    },
  );

  it('builds open interest up through a session and from day to day; volume begins anew', async () => {
    const { chains } = await pastOf('NIFTY');
    const days = Map.groupBy(
      chains.filter(({ expiry }) => expiry === '2026-08-25'),
      dateOf,
    );
    let before = 0;
    for (const of of days.values()) {
      const [first, last] = [of[0], of[of.length - 1]];
      expect(sumOf(last, 'open_interest')).toBeGreaterThan(sumOf(first, 'open_interest'));
      expect(sumOf(last, 'open_interest_change')).toBeGreaterThan(0);
      expect(sumOf(last, 'open_interest')).toBeGreaterThan(before);
      expect(sumOf(first, 'volume')).toBe(0);
      before = sumOf(last, 'open_interest');
    }
    expect(days.size).toBe(8);
  });

  it('is none where no session is asked for', async () => {
    expect((await pastOf('NIFTY', { syntheticHistory: 0 })).source).toBeNull();
    expect(SYNTHETIC.defaults.syntheticHistory).toBe(25);
  });
});

describe('prices and volatilities over sessions', () => {
  const product = syntheticProduct('NIFTY', {});
  const DAY = 86_400_000;
  const sessions = Array.from({ length: 2_000 }, (_, i) => ({
    date: `session ${i}`,
    fromMs: i * DAY,
    untilMs: i * DAY + DAY / 4,
  }));
  const paths = createPricePath(product, sessions, ({ fromMs, untilMs }) => [fromMs, untilMs - 1], 1);
  const spread = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  };
  const returns = paths.slice(1).map(({ closing }, i) => Math.log(closing.spot / paths[i].closing.spot));
  const tensions = paths.map(({ closing }) => Math.log(closing.volatility / product.smile.volatility));

  it('end at the spot and the volatility that the live market has', () => {
    expect(paths.at(-1)?.closing.spot).toBeCloseTo(product.spot, 6);
    expect(paths.at(-1)?.closing.volatility).toBeCloseTo(product.smile.volatility, 12);
  });

  it('have a realised volatility somewhat below the implied', () => {
    const realised = spread(returns) * Math.sqrt(252);
    expect(realised / product.smile.volatility).toBeGreaterThan(0.8);
    expect(realised / product.smile.volatility).toBeLessThan(1.05);
  });

  it('have an implied volatility that spreads about its mean, reverts to it and rises as prices fall', () => {
    expect(spread(tensions)).toBeGreaterThan(0.15);
    expect(spread(tensions)).toBeLessThan(0.3);
    const changes = tensions.slice(1).map((tension, i) => tension - tensions[i]);
    const correlation = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, value, i) => sum + value * b[i], 0) / a.length / spread(a) / spread(b);
    expect(correlation(tensions.slice(8), tensions.slice(0, -8))).toBeGreaterThan(0.3);
    expect(correlation(tensions.slice(8), tensions.slice(0, -8))).toBeLessThan(0.7);
    expect(correlation(changes, returns)).toBeLessThan(-0.3);
  });
});

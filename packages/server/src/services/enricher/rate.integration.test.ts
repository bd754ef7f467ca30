import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { column, type RawChain } from '@deltastream/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { pricedChain } from './chain/chain.fixture.ts';
import { createChainEnricher } from './chain/enrich-chain.ts';
import { createRateChoice, type RateCurves, readRateCurves } from './rate.ts';

const CURVES: RateCurves = {
  INR: [
    {
      effective_from: '2026-01-01',
      source: 'test',
      points: [
        { tenor_days: 1, rate: 0.05 },
        { tenor_days: 91, rate: 0.06 },
        { tenor_days: 364, rate: 0.065 },
      ],
    },
    { effective_from: '2026-08-19', source: 'test', points: [{ tenor_days: 30, rate: 0.04 }] },
  ],
  BTC: [{ effective_from: '2020-01-01', source: 'coin premiums', points: [{ tenor_days: 1, rate: 0 }] }],
};
const chain = pricedChain();
const on = (date: string, over: Partial<RawChain> = {}): RawChain => ({
  ...chain,
  timestamp: Date.parse(`${date}T06:00:00Z`),
  ...over,
});

describe('the rate of a chain', () => {
  const choose = createRateChoice({ curves: CURVES, rate: 0.07 });
  const days = (n: number) => n / 365;

  it.each([
    ['below the first tenor', 0.5, 0.05],
    ['at a tenor', 91, 0.06],
    ['between tenors, linear in the zero rate', 46, 0.055],
    ['beyond the last', 900, 0.065],
    ['after expiry', 0, 0.05],
  ])('is of the curve %s', (_name, tenor, rate) => {
    const chosen = choose(on('2026-08-18'), days(tenor));
    expect(chosen.source).toBe('curve');
    expect(chosen.rate).toBeCloseTo(rate, 12);
  });

  it('is of the curve that held on the day of the chain, replayed or live', () => {
    expect(choose(on('2026-08-18'), days(91)).rate).toBeCloseTo(0.06, 12);
    expect(choose(on('2026-08-19'), days(91))).toEqual({ rate: 0.04, source: 'curve' });
  });

  it('is the constant before the first curve and for a currency without one', () => {
    expect(choose(on('2025-12-31'), days(91))).toEqual({ rate: 0.07, source: 'constant' });
    expect(choose(on('2026-08-19', { product: 'SPY', currency: 'USD' }), days(91)).source).toBe('constant');
  });

  it('is 0, and says that nobody chose it, without a setting', () => {
    const bare = createRateChoice({ curves: CURVES });
    expect(bare(on('2025-12-31'), days(91))).toEqual({ rate: 0, source: 'default_zero' });
    expect(createRateChoice({ rate: 0 })(chain, 1)).toEqual({ rate: 0, source: 'constant' });
  });

  it('of a premium in coin is the rate of the coin, not of the currency it is shown in', () => {
    const coin = on('2026-08-19', { product: 'BTC', currency: 'USD' });
    expect(createRateChoice({ curves: { ...CURVES, USD: CURVES.INR } })(coin, 1)).toEqual({
      rate: 0,
      source: 'curve',
    });
  });

  it('is on the enriched chain with its source, and gives back the volatility of discounted premiums', () => {
    const year = pricedChain({ days: 365, sigma: () => 0.2, halfSpread: 0.0001, tick: 0.0001 });
    const discount = Math.exp(-0.065);
    for (const name of ['call_bid', 'call_ask', 'put_bid', 'put_ask'] as const) {
      const cells = column(year.columns, name);
      cells.set(cells.map((price) => price * discount));
    }
    const early = { ...year, timestamp: Date.UTC(2026, 1, 1), expiry_at: Date.UTC(2027, 1, 1) };
    const { summary } = createChainEnricher({ curves: CURVES })(early);
    expect(summary).toMatchObject({ rate: 0.065, rate_source: 'curve' });
    expect(summary.atm_iv).toBeCloseTo(0.2, 5);
    const undiscounted = createChainEnricher({})(early).summary;
    expect(undiscounted).toMatchObject({ rate: 0, rate_source: 'default_zero' });
    // What is lost is about the discount itself.
    expect((undiscounted.atm_iv ?? 0) / 0.2).toBeCloseTo(discount, 2);
  });
});

describe('a curve file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deltastream-rate-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (content: unknown) => {
    const path = join(folder, 'curves.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const [first, second] = CURVES.INR;

  it('is read as it is', () => {
    expect(readRateCurves(file(CURVES))).toEqual(CURVES);
  });

  it.each([
    ['no JSON', '{', /cannot be read as JSON/],
    ['a list', [], /the file must be object/],
    ['a currency in small letters', { inr: CURVES.INR }, /inr is not a name that is known here/],
    [
      'a field that no point has',
      { INR: [{ ...first, points: [{ tenor_days: 1, rate: 0.05, rates: 1 }] }] },
      /INR\.0\.points\.0\.rates is not a name/,
    ],
    [
      'a rate in percent',
      { INR: [{ ...first, points: [{ tenor_days: 1, rate: 5.2 }] }] },
      /INR\.0\.points\.0\.rate/,
    ],
    [
      'a curve without points',
      { INR: [{ ...first, points: [] }] },
      /INR\.0\.points must not have fewer than 1/,
    ],
    ['no source', { INR: [{ effective_from: '2026-01-01', points: first.points }] }, /INR\.0 .*source/],
    ['a date that is none', { INR: [{ ...first, effective_from: '2026-02-31' }] }, /INR\.0\.effective_from/],
    ['curves out of order', { INR: [second, first] }, /INR\.1\.effective_from is not after the one before/],
    [
      'tenors out of order',
      { INR: [{ ...first, points: first.points.toReversed() }] },
      /INR\.0\.points\.1\.tenor_days is not above the one before/,
    ],
  ])('with %s is refused, naming the file and the place', (_name, content, message) => {
    const path = file(content);
    expect(() => readRateCurves(path)).toThrow(message);
    expect(() => readRateCurves(path)).toThrow(/--rate-curve curves\.json: /);
  });

  it('that is not there is refused without showing its folder', () => {
    const path = join(folder, 'none.json');
    expect(() => readRateCurves(path)).toThrow(/--rate-curve none\.json: cannot be read as JSON: ENOENT/);
    expect(() => readRateCurves(path)).not.toThrow(folder);
  });
});

import { describe, expect, it } from 'vitest';
import { createFormat } from '../../../format/format.ts';
import { picksOf, togglePick } from './picks.ts';
import { callDelta, deltaName, positionOn } from './smile-axis.ts';
import {
  arbitrageOf,
  fitText,
  noPreviousClose,
  outOfTheMoney,
  type Smile,
  smileTable,
  strikesOf,
  volatilityRange,
} from './smile-data.ts';

const point = (strike: number, side: 'call' | 'put', iv: number | null, ask_iv: number | null = null) => ({
  strike,
  side,
  log_moneyness: Math.log(strike / 100),
  iv,
  bid_iv: null,
  ask_iv,
  fitted_iv: null,
});
const smile: Smile = {
  product: 'X',
  expiry: '2026-12-01',
  timestamp: '2026-11-27T10:00:00.000Z',
  year_fraction: 0.25,
  forward: 100,
  atm_iv: 0.2,
  svi: { a: 0, b: 0, rho: 0, m: 0, sigma: 1, rmse_vol_points: 0.123 },
  reason: null,
  count: 4,
  points: [
    point(90, 'call', 0.5, 9),
    point(90, 'put', 0.3, 4),
    point(110, 'call', 0.1),
    point(110, 'put', null),
  ],
  curve: [],
};
const format = createFormat('western', 'UTC');

describe('a smile', () => {
  it('is drawn by what is out of the money, and its range does not follow the quotes', () => {
    expect(outOfTheMoney(smile).map(({ strike, side }) => [strike, side])).toEqual([
      [90, 'put'],
      [110, 'call'],
    ]);
    const [low, high] = volatilityRange([{ smile, previousClose: null }]) as [number, number];
    expect(low).toBeCloseTo(0.088);
    expect(high).toBeCloseTo(0.312);
    expect(volatilityRange([])).toBeNull();
  });

  it('stands over strike, log-moneyness or delta', () => {
    const place = { strike: 110, log_moneyness: Math.log(1.1), iv: 0.2 };
    expect(positionOn('strike', place, 0.25)).toBe(110);
    expect(positionOn('moneyness', place, 0.25)).toBe(Math.log(1.1));
    // N(d1) with d1 = (-ln 1.1 + 0.005) / 0.1 = -0.903102.
    expect(positionOn('delta', place, 0.25)).toBeCloseTo(0.183236, 5);
    expect(callDelta({ log_moneyness: 0, iv: null }, 0.25)).toBeNull();
    expect(callDelta({ log_moneyness: 0, iv: 0.2 }, 0)).toBeNull();
    expect([0.75, 0.5, 0.1].map(deltaName)).toEqual(['25P', '50', '10C']);
  });

  it('says what arbitrage there is, or that it was not examined', () => {
    expect(arbitrageOf(smile)).toBeNull();
    expect(arbitrageOf({ ...smile, butterfly_arbitrage: null })).toBeNull();
    expect(arbitrageOf({ ...smile, butterfly_arbitrage: [], calendar_arbitrage: null })).toEqual([]);
    const calendar_arbitrage = [{ from: 0, to: Math.log(1.1), reason: 'quotes' as const }];
    const [mark] = arbitrageOf({ ...smile, butterfly_arbitrage: [], calendar_arbitrage }) ?? [];
    expect(mark.name).toBe('calendar arbitrage in the quotes');
    expect(strikesOf(mark, smile, format)).toBe('100–110');
  });

  it('says how well the curve fits, or why there is none', () => {
    expect(fitText({ ...smile, repriced: { quoted: 40, inside: 38 }, repaired: true })).toBe(
      'fit within 0.12 vol points (root mean square), 38 of 40 quotes met, repaired against the other expiries',
    );
    expect(fitText({ ...smile, svi: null, reason: 'too_few_quotes' })).toBe('no curve: too few quotes');
  });

  it('says why there is none of the previous close, and not that there was none while it is read', () => {
    const at = '2026-11-27T10:00:00.000Z';
    const missing = { isFetching: false, error: Object.assign(new Error('no chain'), { status: 404 }) };
    expect(noPreviousClose(null, [])).toBe('no earlier session is stored');
    expect(noPreviousClose(undefined, [])).toBe('previous close not read yet');
    expect(noPreviousClose(at, [missing, { isFetching: true, error: null }])).toBe(
      'previous close not read yet',
    );
    expect(noPreviousClose(at, [missing])).toBe('not listed at the previous close');
    const failed = { isFetching: false, error: new Error('unavailable: try again') };
    expect(noPreviousClose(at, [failed])).toBe('previous close not read: unavailable: try again');
  });

  it('has every point in its table', () => {
    const { rows } = smileTable('X', [{ smile, previousClose: null }], format);
    expect(rows.map((row) => [row[1], row[2], row[5]])).toEqual([
      [90, 'call', 0.5],
      [90, 'put', 0.3],
      [110, 'call', 0.1],
      [110, 'put', null],
    ]);
  });
});

describe('the expiries of a smile', () => {
  const listed = ['2026-12-01', '2026-12-08', '2026-12-15'];
  it('are those that are named and listed, else the one that is shown', () => {
    expect(picksOf('2026-12-15,2026-12-01,2020-01-01', listed, listed[1])).toEqual([listed[0], listed[2]]);
    expect(picksOf('2020-01-01', listed, listed[1])).toEqual([listed[1]]);
    expect(picksOf('', [], null)).toEqual([]);
  });

  it('are added and taken away, but never all', () => {
    expect(togglePick([listed[1]], listed[0])).toEqual([listed[0], listed[1]]);
    expect(togglePick([listed[0], listed[1]], listed[0])).toEqual([listed[1]]);
    expect(togglePick([listed[0]], listed[0])).toEqual([listed[0]]);
  });
});

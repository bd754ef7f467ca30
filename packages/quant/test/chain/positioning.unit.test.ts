import { describe, expect, test } from 'vitest';
import {
  black76Greeks,
  black76HigherGreeks,
  chainExposures,
  chainGammaFlip,
  dealerExposure,
  deltaSkew,
  EXPOSURE_KINDS,
  gammaFlip,
  ivAtDelta,
  smileSlope,
} from '../../src/index.ts';

const f64 = (...values: number[]) => Float64Array.from(values);

describe('skew', () => {
  const calls = { deltas: f64(0.1, 0.3, 0.2, 0.6), ivs: f64(0.18, 0.2, Number.NaN, 0.22) };
  const puts = { deltas: f64(-0.1, -0.3, -0.6), ivs: f64(0.3, 0.26, 0.22) };

  test('interpolates in delta between the nearest rows that have a volatility', () => {
    expect(ivAtDelta(calls, 0.25)).toBeCloseTo(0.195, 14);
    expect(ivAtDelta(calls, 0.3)).toBe(0.2);
    expect(ivAtDelta(calls, 0.05)).toBeNull();
    expect(() => ivAtDelta({ deltas: f64(1), ivs: f64(1, 2) }, 0.2)).toThrow(/ivs/);
  });

  test('risk reversal is call minus put, butterfly the wings over the middle', () => {
    const skew = deltaSkew(calls, puts, 0.21);
    expect(skew?.riskReversal).toBeCloseTo(0.195 - 0.27, 14);
    expect(skew?.butterfly).toBeCloseTo(0.5 * (0.195 + 0.27) - 0.21, 14);
    expect(deltaSkew(calls, puts, Number.NaN)).toBeNull();
    expect(deltaSkew(calls, { deltas: f64(), ivs: f64() }, 0.2)).toBeNull();
  });
});

describe('slope of the smile', () => {
  test('is that between the strikes around the forward', () => {
    const strikes = f64(110, 90, 100, 120);
    const expected = (0.24 - 0.2) / Math.log(110 / 90);
    expect(smileSlope(strikes, f64(0.24, 0.2, 0.3, 0.1), 100)).toBeCloseTo(expected, 14);
    expect(smileSlope(strikes, f64(0.24, 0.2, Number.NaN, 0.1), 101)).toBeCloseTo(expected, 14);
    expect(smileSlope(strikes, f64(0.24, Number.NaN, Number.NaN, 0.1), 101)).toBeNull();
    expect(smileSlope(strikes, f64(0.24, 0.2, 0.3, 0.1), 130)).toBeNull();
    expect(smileSlope(strikes, f64(0.24, 0.2, 0.3, 0.1), Number.NaN)).toBeNull();
    expect(() => smileSlope(strikes, f64(1), 100)).toThrow(/otmIv/);
  });
});

describe('exposures of a chain', () => {
  const count = 30;
  const by = (cell: (i: number) => number) => Float64Array.from({ length: count }, (_, i) => cell(i));
  const terms = { forward: 100, yearFraction: 0.2, discountFactor: 0.98, level: 101, lotSize: 50 };
  const strikes = by((i) => 70 + 2 * i);
  const side = (sign: 1 | -1) => {
    const iv = by((i) => 0.1 + 0.01 * i + (i % 3 ? 0 : 0.001 * sign));
    const greeks = [...strikes].map((strike, i) =>
      black76Greeks(terms.forward, strike, terms.yearFraction, iv[i], terms.discountFactor, sign),
    );
    return {
      iv,
      openInterest: by((i) => (i === 4 ? Number.NaN : 10 + ((i * 7) % (5 - sign)))),
      delta: by((i) => greeks[i].delta),
      gamma: by((i) => greeks[i].gamma),
      vega: by((i) => greeks[i].vega),
    };
  };
  const chain = { ...terms, strikes, call: side(1), put: side(-1) };

  test('are those of its contracts', () => {
    const rows = Array.from({ length: 2 * count }, (_, row) => [row % count, row < count ? 1 : -1] as const);
    const of = (sign: number) => (sign > 0 ? chain.call : chain.put);
    const higher = rows.map(([i, sign]) =>
      black76HigherGreeks(100, strikes[i], 0.2, of(sign).iv[i], 0.98, sign),
    );
    const columns = {
      gamma: rows.map(([i, sign]) => of(sign).gamma[i]),
      delta: rows.map(([i, sign]) => of(sign).delta[i]),
      vega: rows.map(([i, sign]) => of(sign).vega[i]),
      vanna: higher.map(({ vanna }) => vanna),
      charm: higher.map(({ charm }) => charm),
    };
    const sides = Int8Array.from(rows, ([, sign]) => sign);
    const openInterest = Float64Array.from(rows, ([i, sign]) => of(sign).openInterest[i]);
    for (const model of ['dealer_short_puts_long_calls', 'all_long'] as const) {
      const exposures = chainExposures(chain, model);
      for (const kind of EXPOSURE_KINDS) {
        const held = { sides, openInterest, greek: Float64Array.from(columns[kind]) };
        const { net, gross, calls, puts } = dealerExposure(kind, held, 101, 50, { model });
        const found = exposures[kind];
        for (const [ours, theirs] of [
          [found.net, net],
          [found.gross, gross],
          [found.calls, calls],
          [found.puts, puts],
        ]) {
          expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(1e-12 * gross);
        }
      }
    }
  });

  test('are nothing where there is no volatility', () => {
    const unknown = { ...chain.call, iv: chain.call.iv.map(() => Number.NaN) };
    expect(chainExposures({ ...chain, call: unknown }).vanna.calls).toBe(0);
    expect(() => chainExposures({ ...chain, call: { ...chain.call, iv: f64(1) } })).toThrow(/iv has 1 rows/);
  });

  test('flip where those of its rows do', () => {
    const both = (name: 'iv' | 'openInterest') =>
      Float64Array.from([...chain.call[name], ...chain.put[name]]);
    const slice = {
      ...terms,
      strikes: Float64Array.from([...strikes, ...strikes]),
      sides: Int8Array.from({ length: 2 * count }, (_, row) => (row < count ? 1 : -1)),
      sigmas: both('iv'),
      openInterest: both('openInterest'),
    };
    const [ours, theirs] = [chainGammaFlip(chain), gammaFlip([slice], 101, 50)];
    const size = Math.max(...theirs.exposures.map(Math.abs));
    for (const [j, exposure] of theirs.exposures.entries()) {
      expect(Math.abs(ours.exposures[j] - exposure)).toBeLessThan(1e-12 * size);
      expect(ours.levels[j]).toBe(theirs.levels[j]);
    }
  });
});

describe('dealer exposure', () => {
  const rows = {
    sides: Int8Array.of(1, -1, 1),
    openInterest: f64(10, 20, Number.NaN),
    greek: f64(0.001, 0.002, 0.5),
  };

  test('is calls less puts, in currency', () => {
    const perRow = new Float64Array(3);
    const exposure = dealerExposure('gamma', rows, 100, 75, { perRow });
    expect(exposure.calls).toBeCloseTo(0.001 * 10 * 75 * 100, 10);
    expect(exposure.puts).toBeCloseTo(-0.002 * 20 * 75 * 100, 10);
    expect(exposure.net).toBeCloseTo(exposure.calls + exposure.puts, 10);
    expect(exposure.gross).toBeCloseTo(exposure.calls - exposure.puts, 10);
    expect(perRow[2]).toBe(0);
  });

  test('counts every contract as held where it is told to', () => {
    const held = dealerExposure('gamma', rows, 100, 75, { model: 'all_long' });
    expect(held.puts).toBeCloseTo(0.002 * 20 * 75 * 100, 10);
    expect(held.net).toBeCloseTo(held.gross, 10);
  });

  test('the other greeks by the same pattern', () => {
    const put = { sides: Int8Array.of(-1), openInterest: f64(10), greek: f64(-0.4) };
    expect(dealerExposure('delta', put, 100, 2).net).toBeCloseTo(0.4 * 10 * 2 * 100, 10);
    expect(dealerExposure('vega', { ...put, greek: f64(12) }, 100, 2).net).toBeCloseTo(
      -12 * 10 * 2 * 0.01,
      10,
    );
    expect(dealerExposure('vanna', put, 100, 2).net).toBeCloseTo(0.4 * 10 * 2 * 100 * 0.01, 10);
    expect(dealerExposure('charm', put, 100, 2).net).toBeCloseTo(0.4 * 10 * 2 * 100, 10);
    expect(() => dealerExposure('vega', { ...put, greek: f64(1, 2) }, 100, 2)).toThrow(/greek/);
  });
});

describe('gamma flip', () => {
  const slice = {
    forward: 100,
    yearFraction: 0.1,
    discountFactor: 1,
    strikes: f64(90, 110),
    sides: Int8Array.of(-1, 1),
    sigmas: f64(0.2, 0.2),
    openInterest: f64(100, 100),
  };

  test('lies where calls and puts balance', () => {
    const { level, crossings, levels, exposures } = gammaFlip([slice], 100, 50, { points: 401 });
    expect(crossings.length).toBe(1);
    const call = black76Greeks(level ?? 0, 110, 0.1, 0.2, 1, 1).gamma;
    const put = black76Greeks(level ?? 0, 90, 0.1, 0.2, 1, -1).gamma;
    expect(Math.abs(call / put - 1)).toBeLessThan(1e-3);
    const middle = 200;
    const expected =
      (black76Greeks(100, 110, 0.1, 0.2, 1, 1).gamma - black76Greeks(100, 90, 0.1, 0.2, 1, -1).gamma) *
      100 *
      50 *
      100;
    expect(levels[middle]).toBeCloseTo(100, 10);
    expect(exposures[middle] / expected).toBeCloseTo(1, 10);
  });

  test.each([
    ['a day', 1 / 365],
    ['six minutes', 1e-5],
    ['a year', 1],
  ])('re-prices every row at every level: %s', (_, yearFraction) => {
    const rows = 40;
    const strikes = Float64Array.from({ length: rows }, (_, i) => 60 + 2 * i);
    const sides = Int8Array.from({ length: rows }, (_, i) => (i % 2 ? 1 : -1));
    const sigmas = Float64Array.from({ length: rows }, (_, i) => 0.1 + 0.01 * i);
    const openInterest = Float64Array.from({ length: rows }, (_, i) => 10 + ((i * 37) % 11));
    const many = { forward: 101, yearFraction, discountFactor: 0.97, strikes, sides, sigmas, openInterest };
    const { levels, exposures } = gammaFlip([many, slice], 100, 50);
    const near = gammaFlip([slice], 100, 50);
    expect(levels[0]).toBeCloseTo(100 / 1.15, 10);
    expect(levels[60]).toBeCloseTo(115, 10);
    for (const [j, level] of levels.entries()) {
      const forward = 1.01 * level;
      let [net, gross] = [near.exposures[j], Math.abs(near.exposures[j])];
      for (let i = 0; i < rows; i++) {
        const { gamma } = black76Greeks(forward, strikes[i], yearFraction, sigmas[i], 0.97, 1);
        const each = sides[i] * gamma * openInterest[i] * 50 * forward * forward * 0.01;
        net += each;
        gross += Math.abs(each);
      }
      expect(Math.abs(exposures[j] - net)).toBeLessThanOrEqual(1e-12 * gross);
    }
  });

  test('is null when the total keeps one sign, or there is nothing', () => {
    expect(gammaFlip([{ ...slice, openInterest: f64(0, 100) }], 100, 50).level).toBeNull();
    expect(gammaFlip([{ ...slice, sigmas: f64(Number.NaN, 0) }], 100, 50).level).toBeNull();
    expect(gammaFlip([], 100, 50).level).toBeNull();
    expect(() => gammaFlip([slice], 0, 50)).toThrow(/level/);
    expect(() => gammaFlip([slice], 100, 50, { span: 1 })).toThrow(/span/);
    expect(() => gammaFlip([{ ...slice, sigmas: f64(1) }], 100, 50)).toThrow(/sigmas/);
  });
});

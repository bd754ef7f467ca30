import { describe, expect, test } from 'vitest';
import { type Leg, payoffCurve, payoffSummary, profitProbability } from '../src/index.ts';

const option = (side: 1 | -1, strike: number, premium: number, quantity: number): Leg => ({
  kind: 'option',
  side,
  strike,
  premium,
  quantity,
});

describe('payoff of a strategy', () => {
  test('long straddle', () => {
    const legs = [option(1, 100, 4, 1), option(-1, 100, 3, 1)];
    expect(payoffSummary(legs)).toEqual({ breakevens: [93, 107], maxProfit: Infinity, maxLoss: -7 });
    expect([...payoffCurve(legs, Float64Array.of(80, 100, 107))]).toEqual([13, -7, 0]);
  });

  test('short iron condor has both sides bounded', () => {
    const legs = [
      option(-1, 80, 1, 50),
      option(-1, 90, 3, -50),
      option(1, 110, 3, -50),
      option(1, 120, 1, 50),
    ];
    expect(payoffSummary(legs)).toEqual({ breakevens: [86, 114], maxProfit: 200, maxLoss: -300 });
  });

  test('covered call, and a naked call without a bound', () => {
    const covered: Leg[] = [{ kind: 'underlying', price: 100, quantity: 1 }, option(1, 110, 2, -1)];
    expect(payoffSummary(covered)).toEqual({ breakevens: [98], maxProfit: 12, maxLoss: -98 });
    expect(payoffSummary([option(1, 110, 2, -1)])).toEqual({
      breakevens: [112],
      maxProfit: 2,
      maxLoss: -Infinity,
    });
  });

  test('no legs neither gain nor lose', () => {
    expect(payoffSummary([])).toEqual({ breakevens: [0], maxProfit: 0, maxLoss: 0 });
    expect(profitProbability([], { forward: 100, sigma: 0.2, yearFraction: 1 })).toBe(0);
  });

  test('probability of profit is that of the lognormal law', () => {
    const law = { forward: 100, sigma: 0.2, yearFraction: 0.25 };
    // A free digital-like case: a long underlying bought at the median profits half of the time.
    const median = 100 * Math.exp(-0.5 * 0.2 * 0.2 * 0.25);
    expect(profitProbability([{ kind: 'underlying', price: median, quantity: 1 }], law)).toBeCloseTo(0.5, 13);
    const straddle = [option(1, 100, 4, 1), option(-1, 100, 3, 1)];
    const short = straddle.map((leg) => ({ ...leg, quantity: -1 }));
    const sum = (profitProbability(straddle, law) ?? 0) + (profitProbability(short, law) ?? 0);
    expect(sum).toBeCloseTo(1, 13);
    expect(profitProbability(straddle, { ...law, sigma: 0 })).toBe(0);
    expect(profitProbability(straddle, { ...law, forward: Number.NaN })).toBeNull();
  });

  test('refuses legs that are not numbers', () => {
    expect(() => payoffSummary([option(1, -5, 1, 1)])).toThrow(RangeError);
    expect(() => payoffSummary([option(1, 5, Number.NaN, 1)])).toThrow(/leg 0/);
    expect(() => payoffCurve([], Float64Array.of(1), new Float64Array(0))).toThrow(/out/);
  });
});

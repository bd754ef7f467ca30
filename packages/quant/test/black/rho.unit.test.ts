import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { black76Greeks, black76Price, bsmGreeks, rhoAtConstantSpot, type Side } from '../../src/index.ts';

const options = fc.record({
  forward: fc.double({ min: 50, max: 200, noNaN: true }),
  moneyness: fc.double({ min: 0.7, max: 1.4, noNaN: true }),
  time: fc.double({ min: 0.05, max: 2, noNaN: true }),
  sigma: fc.double({ min: 0.05, max: 0.8, noNaN: true }),
  rate: fc.double({ min: -0.02, max: 0.12, noNaN: true }),
  side: fc.constantFrom<Side>(1, -1),
});
const STEP = 1e-5;

/** Central difference of the premium in the rate, by what the forward does meanwhile. */
function difference(price: (rate: number) => number, rate: number): number {
  return (price(rate + STEP) - price(rate - STEP)) / (2 * STEP);
}

describe('rho against finite differences of the premium', () => {
  test('at a constant forward it is that of black76Greeks, -T x premium', () => {
    fc.assert(
      fc.property(options, ({ forward, moneyness, time, sigma, rate, side }) => {
        const strike = forward * moneyness;
        const price = (r: number) => black76Price(forward, strike, time, sigma, Math.exp(-r * time), side);
        const { rho } = black76Greeks(forward, strike, time, sigma, Math.exp(-rate * time), side);
        expect(Math.abs(rho - difference(price, rate))).toBeLessThan(1e-6 * forward);
        expect(rho).toBeCloseTo(-time * price(rate), 10);
      }),
    );
  });

  test('at a constant spot it is that of rhoAtConstantSpot, and of Black-Scholes-Merton', () => {
    fc.assert(
      fc.property(options, ({ forward, moneyness, time, sigma, rate, side }) => {
        const strike = forward * moneyness;
        const spot = forward * Math.exp(-rate * time);
        const price = (r: number) =>
          black76Price(spot * Math.exp(r * time), strike, time, sigma, Math.exp(-r * time), side);
        const greeks = black76Greeks(forward, strike, time, sigma, Math.exp(-rate * time), side);
        const rho = rhoAtConstantSpot(greeks, forward, time);
        expect(Math.abs(rho - difference(price, rate))).toBeLessThan(1e-5 * forward);
        const option = { spot, strike, yearFraction: time, rate, dividendYield: 0, sigma, side };
        expect(Math.abs(rho - bsmGreeks(option).rho)).toBeLessThan(1e-10 * forward);
        expect(Math.sign(rho)).toBe(side);
      }),
    );
  });
});

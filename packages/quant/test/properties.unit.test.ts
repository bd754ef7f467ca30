import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  black76Greeks,
  black76HigherGreeks,
  black76Price,
  bsmGreeks,
  bsmPrice,
  IV_STATUS,
  impliedVolatility,
} from '../src/index.ts';

const option = fc.record({
  forward: fc.double({ min: 1, max: 1e5, noNaN: true }),
  ratio: fc.double({ min: 0.2, max: 5, noNaN: true }),
  time: fc.double({ min: 1e-4, max: 5, noNaN: true }),
  sigma: fc.double({ min: 0.01, max: 3, noNaN: true }),
  discount: fc.double({ min: 0.5, max: 1.1, noNaN: true }),
  side: fc.constantFrom<1 | -1>(1, -1),
});
const anything = fc.double();
const side = fc.constantFrom<1 | -1>(1, -1);

describe('properties of Black-76', () => {
  test('put-call parity', () => {
    fc.assert(
      fc.property(option, ({ forward, ratio, time, sigma, discount }) => {
        const strike = forward * ratio;
        const call = black76Price(forward, strike, time, sigma, discount, 1);
        const put = black76Price(forward, strike, time, sigma, discount, -1);
        const error = Math.abs(call - put - discount * (forward - strike));
        expect(error).toBeLessThan(1e-15 * (forward + strike + call + put));
      }),
    );
  });

  test('the premium grows with volatility and stays within its bounds', () => {
    fc.assert(
      fc.property(option, ({ forward, ratio, time, sigma, discount, side }) => {
        const strike = forward * ratio;
        const low = black76Price(forward, strike, time, sigma, discount, side);
        const high = black76Price(forward, strike, time, sigma * 1.01, discount, side);
        expect(high).toBeGreaterThanOrEqual(low * (1 - 1e-15));
        expect(low).toBeGreaterThanOrEqual(discount * Math.max(0, side * (forward - strike)));
        expect(low).toBeLessThanOrEqual(discount * (side > 0 ? forward : strike) * (1 + 1e-15));
      }),
    );
  });

  test('a volatility comes back from its out-of-the-money premium', () => {
    fc.assert(
      fc.property(option, ({ forward, ratio, time, sigma }) => {
        const strike = forward * ratio;
        const otm = strike >= forward ? 1 : -1;
        const price = black76Price(forward, strike, time, sigma, 1, otm);
        const bound = Math.min(forward, strike);
        // Below the normal range of doubles, or within rounding of the bound, the premium no longer tells.
        fc.pre(price > 1e-300 && price < 0.9 * bound);
        const { iv, status } = impliedVolatility(price, forward, strike, time, 1, otm);
        expect(status).toBe(IV_STATUS.ok);
        expect(Math.abs(iv / sigma - 1)).toBeLessThan(1e-14);
      }),
    );
  });

  test('premium and volatility do not depend on the unit of money', () => {
    fc.assert(
      fc.property(
        option,
        fc.integer({ min: -40, max: 40 }),
        ({ forward, ratio, time, sigma, side }, power) => {
          const scale = 2 ** power;
          const strike = forward * ratio;
          const price = black76Price(forward, strike, time, sigma, 1, side);
          const scaled = black76Price(forward * scale, strike * scale, time, sigma, 1, side);
          // sqrt(F) sqrt(K) rounds differently for an odd power of two.
          fc.pre(price > 1e-280);
          expect(Math.abs(scaled / scale - price)).toBeLessThanOrEqual(1e-15 * price);
        },
      ),
    );
  });

  test('second-order greeks are the slopes of the first', () => {
    fc.assert(
      fc.property(option, ({ forward, ratio, time, sigma, discount, side }) => {
        const strike = forward * (0.7 + 0.12 * ratio);
        fc.pre(sigma * Math.sqrt(time) > 0.05);
        const h = 1e-5;
        const at = (shift: number) =>
          black76Greeks(forward, strike, time, sigma * (1 + shift), discount, side);
        const { vanna, volga } = black76HigherGreeks(forward, strike, time, sigma, discount, side);
        const slope = (field: 'delta' | 'vega') => (at(h)[field] - at(-h)[field]) / (2 * h * sigma);
        const center = at(0);
        expect(Math.abs(slope('delta') - vanna)).toBeLessThan(1e-5 * (Math.abs(vanna) + 1 / sigma));
        expect(Math.abs(slope('vega') - volga)).toBeLessThan(1e-5 * (Math.abs(volga) + center.vega / sigma));
      }),
    );
  });

  test('Black-Scholes-Merton is Black-76 on its forward', () => {
    fc.assert(
      fc.property(option, ({ forward: spot, ratio, time, sigma, side }) => {
        const [rate, dividendYield] = [0.065, 0.012];
        const strike = spot * ratio;
        const spotOption = { spot, strike, yearFraction: time, rate, dividendYield, sigma, side };
        const forward = spot * Math.exp((rate - dividendYield) * time);
        const discount = Math.exp(-rate * time);
        const price = black76Price(forward, strike, time, sigma, discount, side);
        expect(Math.abs(bsmPrice(spotOption) - price)).toBeLessThan(1e-12 * (spot + strike));
        const delta = (black76Greeks(forward, strike, time, sigma, discount, side).delta * forward) / spot;
        expect(Math.abs(bsmGreeks(spotOption).delta - delta)).toBeLessThan(1e-11);
      }),
    );
  });

  test('over the full range of doubles nothing that is ok is NaN', () => {
    fc.assert(
      fc.property(
        anything,
        anything,
        anything,
        anything,
        anything,
        side,
        (price, forward, strike, time, discount, s) => {
          const { iv, status } = impliedVolatility(price, forward, strike, time, discount, s);
          if (status === IV_STATUS.ok) expect(iv > 0 && iv < Infinity).toBe(true);
          else expect(iv).toBeNaN();
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('a premium is NaN exactly where an argument is out of range', () => {
    const positive = (x: number) => x > 0 && x < Infinity;
    const notNegative = (x: number) => x >= 0 && x < Infinity;
    fc.assert(
      fc.property(anything, anything, anything, anything, side, (forward, strike, time, sigma, s) => {
        const valid = positive(forward) && positive(strike) && notNegative(time) && notNegative(sigma);
        expect(Number.isNaN(black76Price(forward, strike, time, sigma, 1, s))).toBe(!valid);
        const greeks = black76Greeks(forward, strike, time, sigma, 1, s);
        expect(Object.values(greeks).some(Number.isNaN)).toBe(!valid);
      }),
      { numRuns: 3000 },
    );
  });
});

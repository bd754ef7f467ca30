import { describe, expect, test } from 'vitest';
import { createSliceGreeks, createSliceSolver, greeksAt, IV_STATUS, type KernelName } from '../src/index.ts';

const ROWS = 1000;
const SPECIAL = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Infinity,
  -Infinity,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  2 ** -1022,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  1e-200,
  1e200,
  Number.EPSILON,
  1 - 2 ** -53,
  1 + 2 ** -52,
];
const SIDES = [1, -1, 1, -1, 1, -1, 0, 2, -128, 127];
const FIELDS = ['delta', 'gamma', 'theta', 'vega', 'rho'] as const;

/** Deterministic random numbers: special values, any bit pattern, any magnitude, and ordinary market figures. */
function createRandom(seed: number) {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const bits = new Uint32Array(2);
  const double = new Float64Array(bits.buffer);
  const number = (ordinary: () => number): number => {
    const kind = uniform();
    if (kind < 0.12) return SPECIAL[Math.floor(uniform() * SPECIAL.length)];
    if (kind < 0.2) {
      bits[0] = uniform() * 2 ** 32;
      bits[1] = uniform() * 2 ** 32;
      return double[0];
    }
    return kind < 0.35 ? 10 ** (600 * uniform() - 300) : ordinary();
  };
  return { uniform, number };
}

function fuzz(kernel: KernelName | 'auto', slices: number): Uint32Array {
  const { uniform, number } = createRandom(20260);
  const solver = createSliceSolver(kernel);
  const out = createSliceGreeks(ROWS);
  const strikes = new Float64Array(ROWS);
  const sides = new Int8Array(ROWS);
  const prices = new Float64Array(ROWS);
  const seen = new Uint32Array(7);
  for (let n = 0; n < slices; n++) {
    // Most slices have a usable forward and time, so that the rows are what is tested.
    const usable = uniform() < 0.8;
    const forward = usable ? 100 * (0.5 + uniform()) : number(() => 100);
    const yearFraction = usable ? 10 ** (3 * uniform() - 3) : number(() => 1);
    const discountFactor = usable && uniform() < 0.7 ? 1 : usable ? 0.9 + 0.2 * uniform() : number(() => 1);
    for (let i = 0; i < ROWS; i++) {
      strikes[i] = number(() => forward * (0.3 + 2 * uniform()));
      sides[i] = SIDES[Math.floor(uniform() * SIDES.length)];
      prices[i] = number(
        () => Math.max(0, sides[i] * (forward - strikes[i])) * discountFactor + forward * uniform() ** 8,
      );
    }
    solver.solveSlice({ forward, yearFraction, discountFactor, strikes, sides, prices }, out);
    for (let i = 0; i < ROWS; i++) {
      const status = out.status[i];
      const row = `F ${forward} T ${yearFraction} df ${discountFactor} K ${strikes[i]} side ${sides[i]} price ${prices[i]}`;
      seen[status]++;
      // Plain comparisons: a million matchers would take minutes.
      if (status === IV_STATUS.ok) {
        if (!(out.iv[i] > 0 && out.iv[i] < Infinity))
          throw new Error(`ok with volatility ${out.iv[i]}: ${row}`);
        for (const field of FIELDS)
          if (Number.isNaN(out[field][i])) throw new Error(`ok with ${field} NaN: ${row}`);
      } else if (!Number.isNaN(out.iv[i])) {
        throw new Error(`status ${status} with volatility ${out.iv[i]}: ${row}`);
      } else if (status === IV_STATUS.expired ? Number.isNaN(out.delta[i]) : !Number.isNaN(out.delta[i])) {
        throw new Error(`status ${status} with delta ${out.delta[i]}: ${row}`);
      }
    }
    greeksAt({ forward, yearFraction, discountFactor, strikes, sides, sigmas: prices }, out);
    for (let i = 0; i < ROWS; i++) {
      if (out.status[i] === IV_STATUS.ok && FIELDS.some((field) => Number.isNaN(out[field][i]))) {
        throw new Error(
          `greeksAt ok with a NaN: F ${forward} K ${strikes[i]} sigma ${prices[i]} T ${yearFraction}`,
        );
      }
    }
  }
  return seen;
}

describe('bad input', () => {
  test('a million rows of anything have a defined result', () => {
    const seen = fuzz('auto', 1000);
    expect(seen.reduce((sum, count) => sum + count, 0)).toBe(1_000_000);
    for (const count of seen) expect(count).toBeGreaterThan(0);
  });

  test('the plain kernel agrees on every status', () => {
    expect(fuzz('plain', 40)).toEqual(fuzz('auto', 40));
  });
});

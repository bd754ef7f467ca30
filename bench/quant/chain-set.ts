import { black76Price, type Slice } from '../../packages/quant/src/index.ts';

const SLICES = 45;
const STRIKES = 100;

/** Deterministic uniform numbers in [0, 1), so that every run times the same rows. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface TestSlice extends Slice {
  /** The volatilities the prices were made from. */
  sigmas: Float64Array;
}

/**
 * One expiry as exchanges list it: 100 strikes, each with its call and its put, on an even grid over about four
 * deviations to each side but never outside 0.5 to 2 times the forward, with a smile that widens for short times.
 */
export function createSlice(
  forward: number,
  yearFraction: number,
  atm: number,
  discountFactor: number,
): TestSlice {
  const reach = Math.min(0.48, 4 * atm * Math.sqrt(yearFraction));
  const strikes = new Float64Array(2 * STRIKES);
  const sides = new Int8Array(2 * STRIKES);
  const sigmas = new Float64Array(2 * STRIKES);
  const prices = new Float64Array(2 * STRIKES);
  for (let i = 0; i < 2 * STRIKES; i++) {
    const side = i % 2 === 0 ? 1 : -1;
    const strike = Math.round(forward * (1 - reach + (2 * reach * (i >> 1)) / (STRIKES - 1)) * 20) / 20;
    const deviations = Math.log(strike / forward) / Math.sqrt(yearFraction);
    strikes[i] = strike;
    sides[i] = side;
    sigmas[i] = atm * Math.sqrt(1 - 0.25 * deviations + 0.6 * deviations * deviations);
    prices[i] = black76Price(forward, strike, yearFraction, sigmas[i], discountFactor, side);
  }
  return { forward, yearFraction, discountFactor, strikes, sides, prices, sigmas };
}

/** 45 slices of 200 rows: one day to two years, 8% to 90% volatility, discounted and not. */
export function createChainSet(): TestSlice[] {
  const random = createRandom(7);
  return Array.from({ length: SLICES }, (_, k) => {
    const yearFraction = (1 / 365) * 730 ** (k / (SLICES - 1)) * (0.9 + 0.2 * random());
    const forward = [24213.35, 58126.8, 5321.25, 100][k % 4] * (0.98 + 0.04 * random());
    const atm = 0.08 * 11 ** random();
    return createSlice(forward, yearFraction, atm, k % 2 === 0 ? 1 : Math.exp(-0.065 * yearFraction));
  });
}

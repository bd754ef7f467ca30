import { DAYS_PER_YEAR, isPriceable } from '../black/black76.ts';
import { INV_SQRT_2PI } from '../black/mills.ts';
import { EXPOSURE_SCALES, type Exposure, type ExposureKind, type SignModel } from './exposure.ts';
import {
  addExposures,
  addGamma,
  FLIP_POINTS,
  FLIP_SPAN,
  flipOf,
  type GammaFlip,
  gridOf,
} from './gamma-flip.ts';

/** One side of an expiry by strike: contracts, and the volatility and greeks of Black-76; NaN where unknown. */
export interface ExposureSide {
  openInterest: Float64Array;
  iv: Float64Array;
  delta: Float64Array;
  gamma: Float64Array;
  vega: Float64Array;
}

/** One expiry by strike; columns of equal length. */
export interface ExposureChain {
  strikes: Float64Array;
  call: ExposureSide;
  put: ExposureSide;
  /** F > 0. */
  forward: number;
  /** T in years, > 0. */
  yearFraction: number;
  discountFactor: number;
  /** Price of the underlying that exposures are taken against, > 0. */
  level: number;
  /** Units per contract. */
  lotSize: number;
}

export const EXPOSURE_KINDS = ['gamma', 'delta', 'vega', 'vanna', 'charm'] as const satisfies ExposureKind[];

const KINDS = EXPOSURE_KINDS.length;

/** Signed contribution of the call, and of the put, at each strike; 0 where a greek or the open interest is unknown. */
export type StrikeExposures = Readonly<Record<ExposureKind, { call: Float64Array; put: Float64Array }>>;

export interface ChainExposures extends Readonly<Record<ExposureKind, Exposure>> {
  /** Strike with the largest positive net gamma exposure, the first on a tie; null where none has one. */
  callWall: number | null;
  /** The same of the largest negative. */
  putWall: number | null;
}

/**
 * Every exposure of one expiry, see {@link dealerExposure}; vanna and charm are those of {@link black76HigherGreeks}.
 *
 * @param byStrike receives the contribution of each contract
 * @throws RangeError naming a column whose length differs.
 */
export function chainExposures(
  chain: ExposureChain,
  model: SignModel = 'dealer_short_puts_long_calls',
  byStrike?: StrikeExposures,
): ChainExposures {
  requireColumns(chain);
  const { strikes, call, put, forward, yearFraction, discountFactor, level, lotSize } = chain;
  const factors = Float64Array.from(EXPOSURE_KINDS, (kind) => EXPOSURE_SCALES[kind](level) * lotSize);
  /** By kind the calls, then the puts. */
  const sums = new Float64Array(2 * KINDS);
  const gross = new Float64Array(KINDS);
  const rootTime = Math.sqrt(yearFraction);
  const rate = -Math.log(discountFactor) / yearFraction;
  const perTwiceTime = 1 / (2 * yearFraction);
  const putSign = model === 'all_long' ? 1 : -1;
  const greeks = new Float64Array(KINDS);

  /** Adds the call (0) or the put (1) at a strike; returns its gamma exposure. */
  const add = (which: 0 | 1, side: ExposureSide, i: number, sign: number, x: number): number => {
    const sigma = side.iv[i];
    const s = sigma * rootTime;
    greeks[0] = side.gamma[i];
    greeks[1] = side.delta[i];
    greeks[2] = side.vega[i];
    const priced = s > 0 && isPriceable(forward, strikes[i], yearFraction, sigma, discountFactor);
    const d1 = x / s + 0.5 * s;
    const d2 = d1 - s;
    const density = priced ? discountFactor * INV_SQRT_2PI * Math.exp(-0.5 * d1 * d1) : Number.NaN;
    greeks[3] = (-density * d2) / sigma;
    greeks[4] = (rate * side.delta[i] + density * d2 * perTwiceTime) / DAYS_PER_YEAR;
    const held = sign * side.openInterest[i];
    let gamma = 0;
    for (let kind = 0; kind < KINDS; kind++) {
      const product = held * greeks[kind] * factors[kind];
      const contribution = Number.isFinite(product) ? product : 0;
      if (kind === 0) gamma = contribution;
      sums[2 * kind + which] += contribution;
      gross[kind] += Math.abs(contribution);
      if (byStrike === undefined) continue;
      const cells = byStrike[EXPOSURE_KINDS[kind]];
      (which === 0 ? cells.call : cells.put)[i] = contribution;
    }
    return gamma;
  };

  let [most, least] = [0, 0];
  let [callWall, putWall]: [number | null, number | null] = [null, null];
  for (let i = 0; i < strikes.length; i++) {
    const x = Math.log(forward / strikes[i]);
    const net = add(0, call, i, 1, x) + add(1, put, i, putSign, x);
    if (net > most) [most, callWall] = [net, strikes[i]];
    if (net < least) [least, putWall] = [net, strikes[i]];
  }
  const of = (kind: number): Exposure => {
    const [calls, puts] = [sums[2 * kind], sums[2 * kind + 1]];
    return { net: calls + puts, gross: gross[kind], calls, puts };
  };
  return { gamma: of(0), delta: of(1), vega: of(2), vanna: of(3), charm: of(4), callWall, putWall };
}

const DEFAULT_GRID = gridOf(FLIP_SPAN, FLIP_POINTS);

/**
 * The gamma exposure of one expiry over levels of its underlying, see {@link gammaFlip}. Contracts of one strike and
 * volatility have one gamma at every level, and are re-priced as one.
 *
 * @throws RangeError naming a column whose length differs.
 */
export function chainGammaFlip(chain: ExposureChain): GammaFlip {
  requireColumns(chain);
  const { strikes, call, put, forward, yearFraction, discountFactor, level, lotSize } = chain;
  const { step, shifts } = DEFAULT_GRID;
  const to = { totals: new Float64Array(FLIP_POINTS), step };
  const rootTime = Math.sqrt(yearFraction);
  const add = (x: number, strike: number, sigma: number, held: number) => {
    const s = sigma * rootTime;
    if (held === 0 || Number.isNaN(held) || !(s > 0)) return;
    if (!isPriceable(forward, strike, yearFraction, sigma, discountFactor)) return;
    addGamma(to, x, s, discountFactor * held * Math.sqrt(strike));
  };
  for (let i = 0; i < strikes.length; i++) {
    const x = Math.log(forward / strikes[i]);
    const [calls, puts] = [call.openInterest[i], put.openInterest[i]];
    if (call.iv[i] === put.iv[i] && !Number.isNaN(calls - puts)) add(x, strikes[i], call.iv[i], calls - puts);
    else {
      add(x, strikes[i], call.iv[i], calls);
      add(x, strikes[i], put.iv[i], -puts);
    }
  }
  const exposures = new Float64Array(FLIP_POINTS);
  addExposures(exposures, to.totals, shifts, Math.sqrt(forward) * lotSize * 0.01);
  return flipOf(level, shifts, exposures);
}

function requireColumns({ strikes, call, put }: ExposureChain): void {
  for (const side of [call, put]) {
    for (const name of ['openInterest', 'iv', 'delta', 'gamma', 'vega'] as const) {
      if (side[name].length === strikes.length) continue;
      throw new RangeError(`column ${name} has ${side[name].length} rows, strikes has ${strikes.length}`);
    }
  }
}

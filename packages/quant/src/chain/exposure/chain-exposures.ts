import { DAYS_PER_YEAR, isPriceable } from '../../black/black76.ts';
import { INV_SQRT_2PI } from '../../black/mills.ts';
import { EXPOSURE_SCALES, type Exposure, type ExposureKind, type SignModel } from './exposure.ts';
import { addExposures, FLIP_POINTS, FLIP_SPAN, flipOf, type GammaFlip, gridOf } from './gamma-flip.ts';
import { gammaKernel } from './gamma-kernel.ts';

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
  const { strikes, call, put, level, lotSize } = chain;
  const putSign = model === 'all_long' ? 1 : -1;
  const exposureOf = (kind: ExposureKind, callGreeks: Float64Array, putGreeks: Float64Array): Exposure => {
    const factor = EXPOSURE_SCALES[kind](level) * lotSize;
    const cells = byStrike?.[kind];
    let [calls, puts, gross] = [0, 0, 0];
    for (let i = 0; i < strikes.length; i++) {
      const ofCall = contribution(call.openInterest[i], callGreeks[i], factor);
      const ofPut = contribution(putSign * put.openInterest[i], putGreeks[i], factor);
      calls += ofCall;
      puts += ofPut;
      gross += Math.abs(ofCall);
      gross += Math.abs(ofPut);
      if (cells === undefined) continue;
      cells.call[i] = ofCall;
      cells.put[i] = ofPut;
    }
    return { net: calls + puts, gross, calls, puts };
  };
  const higher = higherGreeks(chain);
  return {
    gamma: exposureOf('gamma', call.gamma, put.gamma),
    delta: exposureOf('delta', call.delta, put.delta),
    vega: exposureOf('vega', call.vega, put.vega),
    vanna: exposureOf('vanna', higher.call.vanna, higher.put.vanna),
    charm: exposureOf('charm', higher.call.charm, higher.put.charm),
    ...wallsOf(chain, putSign),
  };
}

/** Of one side at a strike; 0 where a greek or the open interest is unknown. */
function contribution(held: number, greek: number, factor: number): number {
  const product = held * greek * factor;
  return Number.isFinite(product) ? product : 0;
}

function wallsOf(
  { strikes, call, put, level, lotSize }: ExposureChain,
  putSign: number,
): Pick<ChainExposures, 'callWall' | 'putWall'> {
  const factor = EXPOSURE_SCALES.gamma(level) * lotSize;
  let [most, least] = [0, 0];
  let [callWall, putWall]: [number | null, number | null] = [null, null];
  for (let i = 0; i < strikes.length; i++) {
    const net =
      contribution(call.openInterest[i], call.gamma[i], factor) +
      contribution(putSign * put.openInterest[i], put.gamma[i], factor);
    if (net > most) [most, callWall] = [net, strikes[i]];
    if (net < least) [least, putWall] = [net, strikes[i]];
  }
  return { callWall, putWall };
}

/** By strike, see {@link black76HigherGreeks}; NaN where a volatility is unknown. */
interface HigherGreeks {
  readonly vanna: Float64Array;
  readonly charm: Float64Array;
}

const createHigherGreeks = (count: number): HigherGreeks => ({
  vanna: new Float64Array(count),
  charm: new Float64Array(count),
});

/** Working memory of {@link chainExposures}, with room for the largest chain so far. */
let memory = { count: 0, call: createHigherGreeks(0), put: createHigherGreeks(0) };

/** Working memory, valid until the next call; it may be longer than the chain. */
function higherGreeks(chain: ExposureChain): Readonly<Record<'call' | 'put', HigherGreeks>> {
  const { strikes, call, put, forward, yearFraction, discountFactor } = chain;
  const count = strikes.length;
  if (memory.count < count)
    memory = { count, call: createHigherGreeks(count), put: createHigherGreeks(count) };
  const rootTime = Math.sqrt(yearFraction);
  const rate = -Math.log(discountFactor) / yearFraction;
  const perTwiceTime = 1 / (2 * yearFraction);
  for (let i = 0; i < count; i++) {
    const x = Math.log(forward / strikes[i]);
    const callIv = call.iv[i];
    const putIv = put.iv[i];
    let d2 = x / (callIv * rootTime) - 0.5 * callIv * rootTime;
    let density = densityOf(chain, i, callIv, d2 + callIv * rootTime);
    memory.call.vanna[i] = (-density * d2) / callIv;
    memory.call.charm[i] = (rate * call.delta[i] + density * d2 * perTwiceTime) / DAYS_PER_YEAR;
    // Most often the two have one volatility.
    if (putIv !== callIv) {
      d2 = x / (putIv * rootTime) - 0.5 * putIv * rootTime;
      density = densityOf(chain, i, putIv, d2 + putIv * rootTime);
    }
    memory.put.vanna[i] = (-density * d2) / putIv;
    memory.put.charm[i] = (rate * put.delta[i] + density * d2 * perTwiceTime) / DAYS_PER_YEAR;
  }
  return memory;
}

/** Discounted normal density at d1; NaN where the strike cannot be priced. */
function densityOf(
  { strikes, forward, yearFraction, discountFactor }: ExposureChain,
  i: number,
  sigma: number,
  d1: number,
): number {
  if (!(sigma > 0 && isPriceable(forward, strikes[i], yearFraction, sigma, discountFactor)))
    return Number.NaN;
  return discountFactor * INV_SQRT_2PI * Math.exp(-0.5 * d1 * d1);
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
  const kernel = gammaKernel();
  const { x, s, weight } = kernel.rowsFor(2 * strikes.length);
  const rootTime = Math.sqrt(yearFraction);
  let count = 0;
  for (let i = 0; i < strikes.length; i++) {
    const moneyness = Math.log(forward / strikes[i]);
    const [calls, puts] = [call.openInterest[i], put.openInterest[i]];
    const together = call.iv[i] === put.iv[i] && !Number.isNaN(calls - puts);
    let sigma = call.iv[i];
    let held = together ? calls - puts : calls;
    for (let more = together ? 1 : 2; more > 0; more--) {
      const deviation = sigma * rootTime;
      const counts = deviation > 0 && held !== 0 && !Number.isNaN(held);
      if (counts && isPriceable(forward, strikes[i], yearFraction, sigma, discountFactor)) {
        x[count] = moneyness;
        s[count] = deviation;
        weight[count] = discountFactor * held * Math.sqrt(strikes[i]);
        count += 1;
      }
      sigma = put.iv[i];
      held = -puts;
    }
  }
  const totals = new Float64Array(FLIP_POINTS);
  kernel.addGamma(count, totals, step);
  const exposures = new Float64Array(FLIP_POINTS);
  addExposures(exposures, totals, shifts, Math.sqrt(forward) * lotSize * 0.01);
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

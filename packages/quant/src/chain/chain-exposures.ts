import { secondOrderGreeksAt } from '../slice/second-order-greeks.ts';
import { dealerExposure, type Exposure, type ExposureKind, type SignModel } from './exposure.ts';
import { type GammaFlip, gammaFlip } from './gamma-flip.ts';
import { largestIndex } from './largest-index.ts';

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

export interface StrikeExposures extends Exposure {
  /** Signed contribution of the call, and of the put, at each strike; 0 where a greek or the open interest is unknown. */
  callByStrike: Float64Array;
  putByStrike: Float64Array;
}

export interface ChainExposures extends Readonly<Record<ExposureKind, StrikeExposures>> {
  /** Strike with the largest positive net gamma exposure, the first on a tie; null where none has one. */
  callWall: number | null;
  /** The same of the largest negative. */
  putWall: number | null;
}

/**
 * Every exposure of one expiry, see {@link dealerExposure}.
 *
 * @throws RangeError naming a column whose length differs.
 */
export function chainExposures(
  chain: ExposureChain,
  model: SignModel = 'dealer_short_puts_long_calls',
): ChainExposures {
  const { strikes, level, lotSize } = chain;
  const count = strikes.length;
  const slice = sliceOf(chain);
  const { sides, openInterest, deltas } = slice;
  const second = { vanna: new Float64Array(2 * count), charm: new Float64Array(2 * count) };
  secondOrderGreeksAt(slice, second);
  const of = (kind: ExposureKind, greek: Float64Array): StrikeExposures => {
    const perRow = new Float64Array(2 * count);
    const total = dealerExposure(kind, { sides, openInterest, greek }, level, lotSize, { perRow, model });
    return { ...total, callByStrike: perRow.subarray(0, count), putByStrike: perRow.subarray(count) };
  };
  const gamma = of('gamma', bothSides(chain, 'gamma'));
  const net = gamma.callByStrike.map((call, i) => call + gamma.putByStrike[i]);
  const strikeAt = (index: number) => (index < 0 ? null : strikes[index]);
  return {
    gamma,
    delta: of('delta', deltas),
    vega: of('vega', bothSides(chain, 'vega')),
    vanna: of('vanna', second.vanna),
    charm: of('charm', second.charm),
    callWall: strikeAt(largestIndex(net)),
    putWall: strikeAt(largestIndex(net.map((value) => -value))),
  };
}

/** The gamma exposure of one expiry over levels of its underlying, see {@link gammaFlip}. */
export function chainGammaFlip(chain: ExposureChain): GammaFlip {
  const slice = sliceOf(chain);
  const { sigmas, openInterest } = slice;
  const count = chain.strikes.length;
  // Contracts of one strike and volatility have one gamma at every level: one row does for both.
  for (let call = 0, put = count; call < count; call++, put++) {
    if (sigmas[call] !== sigmas[put] || Number.isNaN(openInterest[call] - openInterest[put])) continue;
    openInterest[call] -= openInterest[put];
    openInterest[put] = 0;
  }
  return gammaFlip([slice], chain.level, chain.lotSize);
}

/** The calls, then the puts. */
function sliceOf(chain: ExposureChain) {
  const { strikes, forward, yearFraction, discountFactor } = chain;
  const count = strikes.length;
  const listed = new Float64Array(2 * count);
  listed.set(strikes, 0);
  listed.set(strikes, count);
  return {
    forward,
    yearFraction,
    discountFactor,
    strikes: listed,
    sides: new Int8Array(2 * count).fill(1, 0, count).fill(-1, count),
    sigmas: bothSides(chain, 'iv'),
    deltas: bothSides(chain, 'delta'),
    openInterest: bothSides(chain, 'openInterest'),
  };
}

function bothSides({ strikes, call, put }: ExposureChain, name: keyof ExposureSide): Float64Array {
  for (const [side, { length }] of Object.entries({ call: call[name], put: put[name] })) {
    if (length !== strikes.length) {
      throw new RangeError(`column ${side} ${name} has ${length} rows, strikes has ${strikes.length}`);
    }
  }
  const cells = new Float64Array(2 * strikes.length);
  cells.set(call[name], 0);
  cells.set(put[name], strikes.length);
  return cells;
}

import { type ChainColumns, column, type RawChain } from '@deltastream/contracts';
import {
  dealerExposure,
  type Exposure,
  type ExposureKind,
  gammaFlip,
  largestIndex,
  secondOrderGreeksAt,
} from '@deltastream/quant';

export interface ExposureInputs {
  readonly forward: number | null;
  /** Continuous, fraction a year. */
  readonly rate: number;
  readonly yearFraction: number;
  /** The price of the underlying stands still, so that the forward is nearer to it. */
  readonly spotFrozen: boolean;
  /** The price that the contracts settle at is known. */
  readonly settled: boolean;
}

export interface Exposures extends Readonly<Record<ExposureKind, Exposure>> {
  /** Null where no strike has exposure of that sign. */
  readonly callWall: number | null;
  readonly putWall: number | null;
  readonly flip: number | null;
}

/**
 * Exposures of dealers who are long the calls and short the puts, from the greeks and volatilities as they are
 * published; the reason where there are none. Taken against the spot, or the forward where the spot is frozen or missing.
 */
export function chainExposures(
  chain: RawChain,
  columns: ChainColumns,
  { forward, rate, yearFraction, spotFrozen, settled }: ExposureInputs,
): Exposures | string {
  const lot = chain.lot_size;
  if (lot === null) return 'lot_unknown';
  if (forward === null) return 'no_forward';
  if (yearFraction <= 0) return 'expired';
  const openInterest = bothSides(columns, 'open_interest');
  if (openInterest.every(Number.isNaN)) return 'not_given';
  const gamma = bothSides(columns, 'gamma');
  if (!gamma.some((value, i) => Number.isFinite(value * openInterest[i]))) {
    return settled ? 'settlement_known' : 'no_iv';
  }

  const { count } = columns;
  const rows = 2 * count;
  const sides = new Int8Array(rows).fill(1, 0, count).fill(-1, count);
  const listed = column(columns, 'strike');
  const strikes = new Float64Array(rows);
  strikes.set(listed, 0);
  strikes.set(listed, count);
  const deltas = bothSides(columns, 'delta');
  const discountFactor = Math.exp(-rate * yearFraction);
  const sigmas = bothSides(columns, 'iv');
  const slice = { forward, yearFraction, discountFactor, strikes, sides, sigmas };
  const second = { vanna: new Float64Array(rows), charm: new Float64Array(rows) };
  secondOrderGreeksAt({ ...slice, deltas }, second);

  const level = !spotFrozen && chain.spot !== null && chain.spot > 0 ? chain.spot : forward;
  const gammas = new Float64Array(rows);
  const of = (kind: ExposureKind, greek: Float64Array, perRow?: Float64Array) =>
    dealerExposure(kind, { sides, openInterest, greek }, level, lot, perRow);
  const exposures = {
    gamma: of('gamma', gamma, gammas),
    delta: of('delta', deltas),
    vega: of('vega', bothSides(columns, 'vega')),
    vanna: of('vanna', second.vanna),
    charm: of('charm', second.charm),
  };
  const net = Float64Array.from(listed, (_, i) => gammas[i] + gammas[count + i]);
  const strikeAt = (index: number) => (index < 0 ? null : listed[index]);
  return {
    ...exposures,
    callWall: strikeAt(largestIndex(net)),
    putWall: strikeAt(largestIndex(net.map((value) => -value))),
    flip: gammaFlip([{ ...slice, openInterest }], level, lot).level,
  };
}

/** A column of the calls, then that of the puts. */
function bothSides(
  columns: ChainColumns,
  name: 'open_interest' | 'iv' | 'delta' | 'gamma' | 'vega',
): Float64Array {
  const cells = new Float64Array(2 * columns.count);
  cells.set(column(columns, `call_${name}`), 0);
  cells.set(column(columns, `put_${name}`), columns.count);
  return cells;
}

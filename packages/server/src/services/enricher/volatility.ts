import {
  type ChainColumns,
  column,
  IV_STATUSES,
  type IvStatusName,
  SIDE_COLUMNS,
  SIDES,
} from '@deltastream/contracts';
import { createSliceGreeks, greeksAt, type Slice, type SliceGreeks, solveSlice } from '@deltastream/quant';
import type { ChainPrices } from './prices.ts';
import { resolutionFor, roundInto } from './resolution.ts';

export interface VolatilityInputs {
  readonly forward: number;
  readonly rate: number;
  readonly yearFraction: number;
  /** Price tick of the venue, 0 when unknown: time value below it says nothing about volatility. */
  readonly priceTick: number;
}

const STATUS = Object.fromEntries(IV_STATUSES.map((name, code) => [name, code])) as Record<
  IvStatusName,
  number
>;
const GREEKS = ['delta', 'gamma', 'theta', 'vega', 'rho'] as const;

/** Scratch memory for up to `rows` contracts, reused from chain to chain. */
interface Workspace {
  readonly rows: number;
  readonly strikes: Float64Array;
  readonly sides: Int8Array;
  readonly prices: Float64Array;
  readonly out: SliceGreeks;
  readonly twins: Twins;
}

/** The contracts that take another's volatility, gathered so that their greeks are one batch. */
interface Twins {
  readonly row: Int32Array;
  readonly strikes: Float64Array;
  readonly sides: Int8Array;
  readonly sigmas: Float64Array;
  readonly out: SliceGreeks;
}

/**
 * Fills implied volatility, status and greeks of both sides, rounded to the published resolution.
 * Every contract is solved from its own price; an in-the-money one whose time value is lost in its
 * price's rounding takes the volatility of the out-of-the-money contract at its strike (`from_twin`).
 */
export function createVolatilitySolver() {
  let workspace = createWorkspace(0);
  return (columns: ChainColumns, premiums: ChainPrices, inputs: VolatilityInputs): void => {
    const { count } = columns;
    const rows = 2 * count;
    if (rows > workspace.rows) workspace = createWorkspace(rows);
    const { strikes, sides, prices, out, twins } = workspace;
    const listed = column(columns, 'strike');
    strikes.set(listed, 0);
    strikes.set(listed, count);
    sides.fill(1, 0, count).fill(-1, count, rows);
    prices.set(premiums.call, 0);
    prices.set(premiums.put, count);
    const { forward, yearFraction } = inputs;
    const discountFactor = Math.exp(-inputs.rate * yearFraction);
    const slice = { forward, yearFraction, discountFactor, strikes, sides, prices, count: rows };
    solveSlice(slice, out);
    markMissing(out, prices, rows);
    adoptTwins(slice, inputs.priceTick, out, twins);
    store(columns, out, forward);
  };
}

function createWorkspace(rows: number): Workspace {
  return {
    rows,
    strikes: new Float64Array(rows),
    sides: new Int8Array(rows),
    prices: new Float64Array(rows),
    out: createSliceGreeks(rows),
    twins: {
      row: new Int32Array(rows),
      strikes: new Float64Array(rows),
      sides: new Int8Array(rows),
      sigmas: new Float64Array(rows),
      out: createSliceGreeks(rows),
    },
  };
}

function markMissing(out: SliceGreeks, prices: Float64Array, rows: number): void {
  for (let i = 0; i < rows; i++) {
    if (Number.isNaN(prices[i]) && out.status[i] !== STATUS.expired) out.status[i] = STATUS.no_price;
  }
}

function adoptTwins(
  slice: Slice & { count: number },
  priceTick: number,
  out: SliceGreeks,
  twins: Twins,
): void {
  const { forward, yearFraction, discountFactor, count: rows } = slice;
  const count = rows / 2;
  let adopted = 0;
  for (let i = 0; i < count; i++) {
    const moneyness = forward - slice.strikes[i];
    const inside = moneyness > 0 ? i : i + count;
    const outside = moneyness > 0 ? i + count : i;
    if (moneyness === 0 || out.status[outside] !== STATUS.ok) continue;
    const status = out.status[inside];
    if (status === STATUS.no_price || status === STATUS.invalid_input) continue;
    const timeValue = slice.prices[inside] - discountFactor * Math.abs(moneyness);
    if (status === STATUS.ok && timeValue >= priceTick) continue;
    twins.row[adopted] = inside;
    twins.strikes[adopted] = slice.strikes[inside];
    twins.sides[adopted] = slice.sides[inside];
    twins.sigmas[adopted] = out.iv[outside];
    adopted += 1;
  }
  greeksAt({ forward, yearFraction, discountFactor, ...twins, count: adopted }, twins.out);
  for (let i = 0; i < adopted; i++) {
    const row = twins.row[i];
    out.iv[row] = twins.sigmas[i];
    out.status[row] = STATUS.from_twin;
    for (const greek of GREEKS) out[greek][row] = twins.out[greek][i];
  }
}

function store(columns: ChainColumns, out: SliceGreeks, forward: number): void {
  const { count } = columns;
  const places = resolutionFor(forward);
  for (const [index, side] of SIDES.entries()) {
    const from = index * count;
    const names = SIDE_COLUMNS[side];
    column(columns, names.iv_status).set(out.status.subarray(from, from + count));
    roundInto(column(columns, names.iv), out.iv, from, places.iv);
    roundInto(column(columns, names.delta), out.delta, from, places.delta);
    roundInto(column(columns, names.gamma), out.gamma, from, places.gamma);
    roundInto(column(columns, names.theta), out.theta, from, places.sensitivity);
    roundInto(column(columns, names.vega), out.vega, from, places.sensitivity);
    roundInto(column(columns, names.rho), out.rho, from, places.sensitivity);
  }
}

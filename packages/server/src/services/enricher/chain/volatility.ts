import {
  type ChainColumns,
  CONTRACT_FIGURES,
  column,
  IV_STATUSES,
  noPriceReason,
  SIDE_COLUMNS,
  SIDES,
} from '@deltastream/contracts';
import { createSliceGreeks, greeksAt, type Slice, type SliceGreeks, solveSlice } from '@deltastream/quant';
import type { ChainPrices } from './prices.ts';
import { publishedPlaces, roundInto } from './resolution.ts';

export interface VolatilityInputs {
  readonly forward: number;
  readonly rate: number;
  readonly yearFraction: number;
  /** Price tick of the venue, null when unknown: time value within it says nothing about volatility. */
  readonly priceTick: number | null;
}

const STATUS = Object.fromEntries(IV_STATUSES.map((name, code) => [name, code])) as Record<
  (typeof IV_STATUSES)[number],
  number
>;
/** By status: 1 for those of a row with a price that may have nothing in it beyond the intrinsic value. */
const MAY_LACK_TIME_VALUE = Uint8Array.from(IV_STATUSES, (name) =>
  Number(['ok', 'below_intrinsic', 'above_maximum', 'no_time_value', 'undetermined'].includes(name)),
);
const GREEKS = ['delta', 'gamma', 'theta', 'vega', 'rho'] as const;
const ROUNDED = ['iv', ...GREEKS] as const;
/** Columns that are filled here. */
export type SolvedColumn = (typeof ROUNDED)[number] | 'iv_status';

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
 * What F - K may be off by, as a share of F + K, beyond the prices a forward is made of: the decimals that F, K and the
 * price are read from, and the few operations of parity.
 */
const ROUNDING = 2 ** -50;

/**
 * Fills implied volatility, status and greeks of both sides, rounded to the published resolution.
 *
 * Every contract is solved from its own price. The time value of an in-the-money one is its price less F - K; the price
 * is right to half a tick, and so is each of the two that parity makes F of. Unless it exceeds a tick and the rounding
 * of the arithmetic, the contract takes the volatility of the out-of-the-money one at its strike (`from_twin`), and is
 * `no_time_value` where that has none.
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
    markMissing(columns, out, prices);
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

function markMissing(columns: ChainColumns, out: SliceGreeks, prices: Float64Array): void {
  for (const [index, side] of SIDES.entries()) {
    const last = column(columns, SIDE_COLUMNS[side].last);
    const mark = column(columns, SIDE_COLUMNS[side].mark);
    for (let i = 0, row = index * columns.count; i < columns.count; i++, row++) {
      if (!Number.isNaN(prices[row]) || out.status[row] === STATUS.expired) continue;
      out.status[row] = STATUS[noPriceReason(last[i], mark[i])];
    }
  }
}

function adoptTwins(
  slice: Slice & { count: number },
  priceTick: number | null,
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
    const status = out.status[inside];
    if (moneyness === 0 || MAY_LACK_TIME_VALUE[status] === 0) continue;
    const timeValue = slice.prices[inside] - discountFactor * Math.abs(moneyness);
    const least = (priceTick ?? 0) + ROUNDING * (forward + slice.strikes[i]);
    if (status === STATUS.ok && timeValue > least) continue;
    if (out.status[outside] !== STATUS.ok) {
      if (Math.abs(timeValue) <= least) leaveWithout(out, inside);
      continue;
    }
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
  }
  for (const greek of GREEKS) {
    const from = twins.out[greek];
    const to = out[greek];
    for (let i = 0; i < adopted; i++) to[twins.row[i]] = from[i];
  }
}

function leaveWithout(out: SliceGreeks, row: number): void {
  out.status[row] = STATUS.no_time_value;
  out.iv[row] = Number.NaN;
  for (const greek of GREEKS) out[greek][row] = Number.NaN;
}

function store(columns: ChainColumns, out: SliceGreeks, forward: number): void {
  const { count } = columns;
  const { call, put } = SIDE_COLUMNS;
  column(columns, call.iv_status).set(out.status.subarray(0, count));
  column(columns, put.iv_status).set(out.status.subarray(count, 2 * count));
  for (const name of ROUNDED) {
    const places = publishedPlaces(CONTRACT_FIGURES[name].resolution, forward);
    roundInto(column(columns, call[name]), out[name], 0, places);
    roundInto(column(columns, put[name]), out[name], count, places);
  }
}

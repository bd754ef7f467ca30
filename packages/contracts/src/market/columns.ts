/** A column of one side (call or put), as quoted by the venue. NaN means "not given". */
export const QUOTE_COLUMNS = [
  'bid',
  'ask',
  'last',
  'mark',
  'bid_size',
  'ask_size',
  'volume',
  'open_interest',
  'open_interest_change',
  'previous_close',
] as const;

/** A column of one side that the enricher computes. NaN means "undefined", and iv_status says why. */
export const DERIVED_COLUMNS = [
  'iv',
  'delta',
  'gamma',
  'theta',
  'vega',
  'rho',
  'iv_status',
  'buildup',
] as const;

export const SIDES = ['call', 'put'] as const;

export type Side = (typeof SIDES)[number];
export type QuoteColumn = (typeof QUOTE_COLUMNS)[number];
export type DerivedColumn = (typeof DERIVED_COLUMNS)[number];
export type ColumnName = 'strike' | `${Side}_${QuoteColumn | DerivedColumn}`;

const sided = (names: readonly string[]): ColumnName[] =>
  SIDES.flatMap((side) => names.map((name) => `${side}_${name}` as ColumnName));

/** Columns of a raw chain, in the order in which they lie in memory and on the wire. */
export const RAW_COLUMNS: readonly ColumnName[] = ['strike', ...sided(QUOTE_COLUMNS)];

/** Columns of an enriched chain: the raw ones first, so a raw chain is a prefix of its enriched one. */
export const ENRICHED_COLUMNS: readonly ColumnName[] = [...RAW_COLUMNS, ...sided(DERIVED_COLUMNS)];

const POSITION = new Map(ENRICHED_COLUMNS.map((name, index) => [name, index]));

/**
 * One chain as columns by strike: column c of `count` strikes occupies
 * `values[c * count]` to `values[(c + 1) * count - 1]`; strikes ascend strictly.
 * A raw chain has `RAW_COLUMNS.length` columns, an enriched one `ENRICHED_COLUMNS.length`.
 */
export interface ChainColumns {
  readonly count: number;
  readonly values: Float64Array;
}

/**
 * Strikes of the largest chain that is taken, by readers of sources and by the enricher. The largest listed ones, of
 * SPX and BTC, have some 700; a chain of this size is 1.7 MB.
 */
export const MAX_STRIKES = 10_000;

/** Room for `count` strikes, every cell NaN ("not given"). */
export function createColumns(count: number, kind: 'raw' | 'enriched'): ChainColumns {
  const width = kind === 'raw' ? RAW_COLUMNS.length : ENRICHED_COLUMNS.length;
  return { count, values: new Float64Array(width * count).fill(Number.NaN) };
}

/** A copy of a raw chain's columns with the derived ones behind them, every cell of those NaN. */
export function enrichedColumns({ count, values }: ChainColumns): ChainColumns {
  const all = new Float64Array(ENRICHED_COLUMNS.length * count);
  all.set(values);
  all.fill(Number.NaN, values.length);
  return { count, values: all };
}

/** Names of one side's columns by figure: building a name at every use costs more than finding its column. */
export const SIDE_COLUMNS = Object.fromEntries(
  SIDES.map((side) => [
    side,
    Object.fromEntries([...QUOTE_COLUMNS, ...DERIVED_COLUMNS].map((name) => [name, `${side}_${name}`])),
  ]),
) as Readonly<Record<Side, Readonly<Record<QuoteColumn | DerivedColumn, ColumnName>>>>;

/** A view (not a copy) of one column; throws RangeError when the chain is raw and the column derived. */
export function column(columns: ChainColumns, name: ColumnName): Float64Array {
  const start = (POSITION.get(name) as number) * columns.count;
  const end = start + columns.count;
  if (end > columns.values.length) throw new RangeError(`column ${name} is not part of a raw chain`);
  return columns.values.subarray(start, end);
}

/** Codes of the `iv_status` column; the first seven are those of the implied-volatility solver. */
export const IV_STATUSES = [
  'ok',
  'invalid_input',
  'expired',
  'below_intrinsic',
  'above_maximum',
  'no_time_value',
  'undetermined',
  'no_price',
  'no_forward',
  'from_twin',
  'last_outside_quote',
  'settlement_known',
] as const;

/** Codes of the `buildup` column; NaN where the baseline (previous close, open interest change) is unknown. */
export const BUILDUPS = [
  'neutral',
  'long_buildup',
  'short_buildup',
  'short_covering',
  'long_unwinding',
] as const;

export type IvStatusName = (typeof IV_STATUSES)[number];
export type Buildup = (typeof BUILDUPS)[number];

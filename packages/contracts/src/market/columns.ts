import {
  CARRIED_FIGURES,
  type CarriedFigure,
  CONTRACT_FIGURES,
  type ContractFigures,
  type DerivedFigure,
  type NameFrom,
  type QuotedFigure,
} from '../figures/contract-figures.ts';

export const SIDES = ['call', 'put'] as const;

export type Side = (typeof SIDES)[number];
/** A column of one side (call or put), as quoted by the venue. NaN means "not given". */
export type QuoteColumn = ContractFigures[NameFrom<'venue'>]['column'];
/** A column of one side that the enricher computes. NaN means "undefined", and iv_status says why. */
export type DerivedColumn = NameFrom<'enricher'>;
type SideColumn = QuoteColumn | DerivedColumn;
export type ColumnName = 'strike' | `${Side}_${SideColumn}`;

const columnOf = (name: CarriedFigure): SideColumn => {
  const figure: QuotedFigure | DerivedFigure = CONTRACT_FIGURES[name];
  return (figure.from === 'venue' ? figure.column : name) as SideColumn;
};

/** By id, which is the order of the wire. */
const BY_ID = CARRIED_FIGURES.toSorted((a, b) => CONTRACT_FIGURES[a].id - CONTRACT_FIGURES[b].id);
const columnsFrom = (from: 'venue' | 'enricher') =>
  BY_ID.filter((name) => CONTRACT_FIGURES[name].from === from).map(columnOf);

export const QUOTE_COLUMNS = columnsFrom('venue') as readonly QuoteColumn[];
export const DERIVED_COLUMNS = columnsFrom('enricher') as readonly DerivedColumn[];

/** Derived columns that every released layout has, call by call and then put by put; later ones follow by id. */
const FIRST_DERIVED = 8;

const sided = (names: readonly SideColumn[]): ColumnName[] =>
  SIDES.flatMap((side) => names.map((name) => `${side}_${name}` as const));

/** Columns of a raw chain, in the order in which they lie in memory and on the wire. */
export const RAW_COLUMNS: readonly ColumnName[] = ['strike', ...sided(QUOTE_COLUMNS)];

/** Columns that every enriched chain has, of whatever release. */
export const FIRST_ENRICHED_COLUMNS: readonly ColumnName[] = [
  ...RAW_COLUMNS,
  ...sided(DERIVED_COLUMNS.slice(0, FIRST_DERIVED)),
];

/** Columns of an enriched chain: the raw ones first, so a raw chain is a prefix of its enriched one. */
export const ENRICHED_COLUMNS: readonly ColumnName[] = [
  ...FIRST_ENRICHED_COLUMNS,
  ...DERIVED_COLUMNS.slice(FIRST_DERIVED).flatMap((name) => sided([name])),
];

/** A field of a contract's row and the column that it is in. */
export interface ContractField {
  readonly side: Side;
  readonly field: CarriedFigure;
  readonly source: ColumnName;
}

/** Every field of both contracts of a strike that its chain carries, in the order in which they are shown. */
export const CONTRACT_FIELDS: readonly ContractField[] = SIDES.flatMap((side) =>
  CARRIED_FIGURES.map((field) => ({ side, field, source: `${side}_${columnOf(field)}` as const })),
);

/** A field of a contract's row and its side, as a delta names it. */
export type DeltaColumn = `${Side}_${CarriedFigure}`;

/** What each column is of; the strike is of no contract. */
export const FIELD_OF_COLUMN: ReadonlyMap<ColumnName, ContractField> = new Map(
  CONTRACT_FIELDS.map((each) => [each.source, each]),
);

const POSITION = new Map(ENRICHED_COLUMNS.map((name, index) => [name, index]));

/** How many columns there are up to this one, itself included. */
export const columnsThrough = (name: ColumnName): number => (POSITION.get(name) as number) + 1;

/** The last of these columns in the order in which they lie: a chain that is read through it has them all. */
export const lastColumn = (names: readonly ColumnName[]): ColumnName =>
  names.reduce((last, name) => (columnsThrough(name) > columnsThrough(last) ? name : last));

/**
 * One chain as columns by strike: column c of `count` strikes occupies
 * `values[c * count]` to `values[(c + 1) * count - 1]`; strikes ascend strictly.
 * A raw chain has `RAW_COLUMNS.length` columns, an enriched one `ENRICHED_COLUMNS.length`, or fewer where it was read
 * only through some column.
 */
export interface ChainColumns {
  readonly count: number;
  readonly values: Float64Array;
  /** Views of columns that were asked for, by position, where they are kept: see {@link createColumnMemory}. */
  readonly views?: (Float64Array | undefined)[];
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

/** Gives columns of `count` strikes each, of which every cell may hold anything. */
export type ColumnMemory = (count: number, width: number) => ChainColumns;

export const freshColumns: ColumnMemory = (count, width) => ({
  count,
  values: new Float64Array(count * width),
});

/** Sizes of chains whose views are kept; a market has some tens of expiries. */
const MOST_SIZES = 64;

/**
 * Gives the same memory every time, for columns that are done with before the next ones come: those given before are
 * overwritten. Taking memory for a chain of 200 contracts and its views, and collecting them, would cost more than
 * reading it. What is kept is bounded by the largest chain that is taken; for a larger one the memory is fresh.
 */
export function createColumnMemory(): ColumnMemory {
  let buffer = new ArrayBuffer(0);
  const layouts = new Map<number, ChainColumns>();
  return (count, width) => {
    const cells = count * width;
    const known = layouts.get(count);
    if (known?.values.length === cells) return known;
    if (cells > MAX_STRIKES * ENRICHED_COLUMNS.length) return freshColumns(count, width);
    const bytes = cells * Float64Array.BYTES_PER_ELEMENT;
    const grows = bytes > buffer.byteLength;
    if (grows) buffer = new ArrayBuffer(bytes);
    if (grows || layouts.size >= MOST_SIZES) layouts.clear();
    const columns: ChainColumns = { count, values: new Float64Array(buffer, 0, cells), views: [] };
    layouts.set(count, columns);
    return columns;
  };
}

/** A copy of a raw chain's columns with the derived ones behind them, every cell of those NaN. */
export function enrichedColumns(raw: ChainColumns, memory: ColumnMemory): ChainColumns {
  const columns = memory(raw.count, ENRICHED_COLUMNS.length);
  columns.values.set(raw.values);
  columns.values.fill(Number.NaN, raw.values.length);
  return columns;
}

/** Names of one side's columns by figure: building a name at every use costs more than finding its column. */
export const SIDE_COLUMNS = Object.fromEntries(
  SIDES.map((side) => [
    side,
    Object.fromEntries([...QUOTE_COLUMNS, ...DERIVED_COLUMNS].map((name) => [name, `${side}_${name}`])),
  ]),
) as Readonly<Record<Side, Readonly<Record<QuoteColumn | DerivedColumn, ColumnName>>>>;

/** A view (not a copy) of one column; throws RangeError when the chain has no such column. */
export function column({ count, values, views }: ChainColumns, name: ColumnName): Float64Array {
  const position = POSITION.get(name) as number;
  const known = views?.[position];
  if (known !== undefined) return known;
  const start = position * count;
  const end = start + count;
  if (end > values.length) throw new RangeError(`column ${name} is not among those that the chain has`);
  const view = values.subarray(start, end);
  if (views !== undefined) views[position] = view;
  return view;
}

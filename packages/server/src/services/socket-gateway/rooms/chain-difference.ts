import {
  type CarriedFigure,
  type ChainDelta,
  type ChainSummaryView,
  CONTRACT_FIELDS,
  CONTRACT_FIGURES,
  type ContractField,
  column,
  type DeltaCells,
  type DeltaColumn,
  type EnrichedChain,
  LISTING_FIGURES,
  SHOWN_CELL,
  SIDES,
  type Side,
} from '@deltastream/contracts';
import type { ChainState } from '../market/tracked-chain.ts';
import type { RowRange } from './strike-window.ts';

type Body = Pick<ChainDelta, 'header' | 'strikes' | 'columns'>;

/** Beyond this grid a price or a greek is not published. */
const MOST_PLACES = 9;

/** What changed between two states in rows that list the same strikes; null when they do not. */
export function differenceOf(
  before: ChainState,
  beforeRows: RowRange,
  after: ChainState,
  afterRows: RowRange,
): Body | null {
  const a = cellsOf(before.chain, beforeRows);
  const b = cellsOf(after.chain, afterRows);
  if (!sameCells(a('strike'), b('strike'))) return null;

  const rows = new Set<number>();
  const changed: ContractField[] = [];
  for (const each of CONTRACT_FIELDS) {
    if (collectChanges(a(each.source), b(each.source), rows)) changed.push(each);
  }
  const inOrder = [...rows].sort((x, y) => x - y);
  // A contract that is listed now was null before, so its fields have no values to start from.
  const relisted = SIDES.filter((side) => {
    const [was, is] = [listingOf(a, side), listingOf(b, side)];
    return inOrder.some((row) => isListed(was, row) !== isListed(is, row));
  });
  const fields = CONTRACT_FIELDS.filter((each) => changed.includes(each) || relisted.includes(each.side));
  return {
    header: headerChanges(before.summary(), after.summary()),
    strikes: pick(b('strike'), inOrder),
    columns: columnsOf(fields, ({ side, field, source }) => {
      const values = pick(b(source), inOrder);
      if (relisted.includes(side) || named(field)) return values.map(SHOWN_CELL[field]);
      return steps(pick(a(source), inOrder), values) ?? values.map(SHOWN_CELL[field]);
    }),
  };
}

/** The rows as they are now, for a client that holds any earlier state in which the other rows were as they are. */
export function fullRows({ chain, summary }: ChainState, { start }: RowRange, rows: readonly number[]): Body {
  const cells = cellsOf(chain, { start, end: chain.columns.count });
  const { product, expiry, epoch, seq, timestamp, ...header } = summary();
  return {
    header,
    strikes: pick(cells('strike'), rows),
    columns: columnsOf(rows.length === 0 ? [] : CONTRACT_FIELDS, ({ field, source }) =>
      pick(cells(source), rows).map(SHOWN_CELL[field]),
    ),
  };
}

type Cells = (source: ContractField['source']) => Float64Array;

const cellsOf =
  ({ columns }: EnrichedChain, { start, end }: RowRange): Cells =>
  (source) =>
    column(columns, source).subarray(start, end);

const pick = (cells: Float64Array, rows: readonly number[]): number[] => rows.map((row) => cells[row]);
const same = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));
const sameCells = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, i) => same(value, b[i]));
const named = (field: CarriedFigure): boolean => CONTRACT_FIGURES[field].format === 'name';

function collectChanges(a: Float64Array, b: Float64Array, rows: Set<number>): boolean {
  let any = false;
  for (let i = 0; i < b.length; i++) {
    if (same(a[i], b[i])) continue;
    rows.add(i);
    any = true;
  }
  return any;
}

const listingOf = (cells: Cells, side: Side): Float64Array[] =>
  CONTRACT_FIELDS.filter((each) => each.side === side && LISTING_FIGURES.includes(each.field)).map(
    ({ source }) => cells(source),
  );

const isListed = (listing: readonly Float64Array[], row: number): boolean =>
  listing.some((cells) => !Number.isNaN(cells[row]));

/**
 * The change as integer steps on the coarsest decimal grid that both lie on: a third of the bytes of the
 * values. Null when there is no such grid or a cell became known or unknown. A client that adds the steps gets the
 * very same numbers, since both sides do the arithmetic that is checked here.
 */
function steps(before: readonly number[], after: readonly number[]): DeltaCells | null {
  if (before.some((value, i) => Number.isNaN(value) !== Number.isNaN(after[i]))) return null;
  const d = new Array<number>(before.length);
  for (let p = 0; p <= MOST_PLACES; p++) if (stepsOn(10 ** p, before, after, d)) return { p, d };
  return null;
}

/** Fills in the steps on one grid; false when a value does not lie on it. */
function stepsOn(scale: number, before: readonly number[], after: readonly number[], d: number[]): boolean {
  for (let i = 0; i < before.length; i++) {
    d[i] = 0;
    if (same(before[i], after[i])) continue;
    const from = Math.round(before[i] * scale);
    d[i] = Math.round(after[i] * scale) - from;
    if (d[i] === 0 || (from + d[i]) / scale !== after[i]) return false;
  }
  return true;
}

function columnsOf(
  fields: readonly ContractField[],
  cells: (field: ContractField) => DeltaCells,
): ChainDelta['columns'] {
  const columns: ChainDelta['columns'] = {};
  for (const each of fields) {
    const name: DeltaColumn = `${each.side}_${each.field}`;
    const own = cells(each);
    const twin = each.side === 'put' ? columns[`call_${each.field}`] : undefined;
    columns[name] = twin && alike(twin, own) ? `call_${each.field}` : own;
  }
  return columns;
}

function alike(a: DeltaCells, b: DeltaCells): boolean {
  if (typeof a === 'string' || typeof b === 'string') return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.every((value, i) => value === b[i]);
  return !Array.isArray(b) && a.p === b.p && a.d.every((step, i) => step === b.d[i]);
}

function headerChanges(before: ChainSummaryView, after: ChainSummaryView): ChainDelta['header'] {
  const { product, expiry, epoch, seq, timestamp, ...fields } = after;
  const unlike = Object.entries(fields).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof ChainSummaryView]),
  );
  return Object.fromEntries(unlike) as ChainDelta['header'];
}

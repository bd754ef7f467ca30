import {
  CHAIN_FIGURE_NAMES,
  type ChainFigureName,
  type ChainSummary,
  COMPUTED_FIGURES,
  CONTRACT_FIGURES,
  column,
  DERIVED_COLUMNS,
  type DerivedColumn,
  type DerivedFigure,
  type EnrichedChain,
  type FigureChange,
  isoTime,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureName,
  type ProductFigures,
  type ProductFigureValues,
  SIDE_COLUMNS,
  SIDES,
  type Side,
} from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { StoredProductFigures } from '../../../ports/stores/market/market-store.ts';

/** The figures that take new values. */
export interface FigureChoice {
  readonly contract: readonly DerivedColumn[];
  readonly chain: readonly ChainFigureName[];
  readonly product: readonly ProductFigureName[];
}

/** Figures that say one thing together: a volatility, and why there is none. */
const TOGETHER: readonly (readonly string[])[] = [['iv', 'iv_status']];

/** Every figure without names. Throws a permanent `invalid_request` for a name that is none. */
export function chooseFigures(names: readonly string[] | undefined): FigureChoice {
  if (names === undefined) {
    return { contract: DERIVED_COLUMNS, chain: CHAIN_FIGURE_NAMES, product: PRODUCT_FIGURE_NAMES };
  }
  const unknown = names.find((name) => !COMPUTED_FIGURES.has(name));
  if (unknown !== undefined) {
    throw new DeltaStreamError('invalid_request', `figures: ${JSON.stringify(unknown)} is no figure`, {
      permanent: true,
    });
  }
  const chosen = new Set(names);
  for (const group of TOGETHER) {
    if (group.some((name) => chosen.has(name))) for (const name of group) chosen.add(name);
  }
  return {
    contract: DERIVED_COLUMNS.filter((name) => chosen.has(name)),
    chain: CHAIN_FIGURE_NAMES.filter((name) => chosen.has(name)),
    product: PRODUCT_FIGURE_NAMES.filter((name) => chosen.has(name)),
  };
}

/** The stored chain with the chosen figures of the recomputed one, and the reasons of those that are null. */
export function withFigures(
  stored: EnrichedChain,
  recomputed: EnrichedChain,
  { contract, chain }: FigureChoice,
): EnrichedChain {
  if (contract.length === DERIVED_COLUMNS.length && chain.length === CHAIN_FIGURE_NAMES.length) {
    return recomputed;
  }
  const columns = { count: stored.columns.count, values: stored.columns.values.slice() };
  for (const name of contract) {
    for (const side of SIDES) {
      const place = SIDE_COLUMNS[side][name];
      column(columns, place).set(column(recomputed.columns, place));
    }
  }
  const summary = { ...stored.summary, null_reasons: { ...stored.summary.null_reasons } };
  for (const name of chain) takeFigure(summary, recomputed.summary, name);
  return { ...stored, columns, summary };
}

function takeFigure(to: ChainSummary, from: ChainSummary, name: ChainFigureName): void {
  (to as Record<string, unknown>)[name] = from[name];
  const { [name]: reason } = from.null_reasons;
  if (reason === undefined) delete to.null_reasons[name];
  else to.null_reasons[name] = reason;
}

/** Figures that look back over the chains of earlier sessions, which retention may remove. */
const RANKS: ReadonlySet<ProductFigureName> = new Set(['iv_rank', 'iv_percentile', 'iv_observations']);

/**
 * The stored figures of a product with the chosen ones of those that were recomputed. Ranks stay where fewer sessions
 * are stored now than they were of.
 */
export function withProductFigures(
  stored: StoredProductFigures,
  { product, timestamp, as_of, progress, values: now }: ProductFigures,
  choice: Pick<FigureChoice, 'product'>,
): StoredProductFigures {
  const keepsRanks = (now.iv_observations ?? 0) < (stored.values.iv_observations ?? 0);
  const chosen = choice.product.filter((name) => !(keepsRanks && RANKS.has(name)));
  const values = { ...stored.values, ...Object.fromEntries(chosen.map((name) => [name, now[name]])) };
  return { product, timestamp, as_of, progress, values };
}

/**
 * Differences of less than this, relative to the value, are none: the last bits of a figure depend on the instructions of
 * the processor that computed it.
 */
const RELATIVE_TOLERANCE = 1e-12;

type Value = number | string | null;
type Change = { -readonly [Field in keyof FigureChange]: FigureChange[Field] };

/** What changed, by figure; as large as the catalogue, however much is compared. */
export interface FigureChanges {
  /** True when a figure, a reason or a flag of the chain is another. */
  compareChain(stored: EnrichedChain, now: EnrichedChain): boolean;
  compareProduct(stored: StoredProductFigures, values: ProductFigureValues): boolean;
  list(): FigureChange[];
}

/** @param before what an interrupted run found, to be added to */
export function createFigureChanges(
  { contract, chain, product }: FigureChoice,
  before: readonly FigureChange[] = [],
): FigureChanges {
  const changes = new Map<string, Change>(before.map((each) => [each.figure, { ...each }]));

  /** Adds what differs of a figure in one chain or moment: how many values, and the one that differs most. */
  const note = (
    figure: string,
    values: number,
    difference: number | null,
    most: () => Pick<Change, 'where' | 'stored' | 'recomputed'>,
  ) => {
    let change = changes.get(figure);
    if (change === undefined) {
      const level = COMPUTED_FIGURES.get(figure) ?? 'chain';
      change = { figure, level, chains: 0, values: 0, largest_difference: difference, ...most() };
      changes.set(figure, change);
    }
    change.values += values;
    change.chains++;
    if (difference === null || difference <= (change.largest_difference ?? -1)) return;
    Object.assign(change, { largest_difference: difference, ...most() });
  };

  const compareValue = (figure: string, stored: Value, recomputed: Value, where: () => string): boolean => {
    if (stored === recomputed || isSameValue(stored, recomputed)) return false;
    const isNumber = typeof stored === 'number' && typeof recomputed === 'number';
    const difference = isNumber ? Math.abs(recomputed - stored) : null;
    note(figure, 1, difference, () => ({ where: where(), stored, recomputed }));
    return true;
  };

  const compareContracts = (stored: EnrichedChain, now: EnrichedChain, name: DerivedColumn): boolean => {
    const { value }: DerivedFigure = CONTRACT_FIGURES[name];
    const isNumber = typeof value === 'string';
    let values = 0;
    let largest = -1;
    let side: Side = 'call';
    let row = -1;
    for (const each of SIDES) {
      const from = column(stored.columns, SIDE_COLUMNS[each][name]);
      const to = column(now.columns, SIDE_COLUMNS[each][name]);
      for (let i = 0; i < from.length; i++) {
        const before = from[i];
        const after = to[i];
        if (before === after || isSameNumber(before, after)) continue;
        values++;
        // Of codes, and where there is no number on one side, the first.
        const difference = Math.abs(after - before);
        const isLarger = isNumber && difference > largest;
        if (row >= 0 && !isLarger) continue;
        if (isLarger) largest = difference;
        side = each;
        row = i;
      }
    }
    if (values === 0) return false;
    const place = SIDE_COLUMNS[side][name];
    note(name, values, largest < 0 ? null : largest, () => ({
      where: `${placeOf(stored)}, ${column(stored.columns, 'strike')[row]} ${side}`,
      stored: cellValue(name, column(stored.columns, place)[row]),
      recomputed: cellValue(name, column(now.columns, place)[row]),
    }));
    return true;
  };

  return {
    compareChain(stored, now) {
      let changed = false;
      const where = () => placeOf(stored);
      for (const name of contract) if (compareContracts(stored, now, name)) changed = true;
      for (const name of chain) {
        const [from, to] = [shown(stored.summary[name]), shown(now.summary[name])];
        const isOther = compareValue(name, from, to, where);
        changed ||= isOther || stored.summary.null_reasons[name] !== now.summary.null_reasons[name];
      }
      return changed || stored.price_tick !== now.price_tick || !isSameList(stored.quality, now.quality);
    },
    compareProduct(stored, values) {
      const where = () => `${stored.product} at ${isoTime(stored.timestamp)}`;
      const other = product.filter((name) => compareValue(name, stored.values[name], values[name], where));
      return other.length > 0;
    },
    list: () => [...changes.values()],
  };
}

const placeOf = ({ product, expiry, timestamp }: EnrichedChain): string =>
  `${product} ${expiry} at ${isoTime(timestamp)}`;

/** As responses show it: a code is the place of a name among its names. */
function cellValue(name: DerivedColumn, cell: number): Value {
  if (Number.isNaN(cell)) return null;
  const { value }: DerivedFigure = CONTRACT_FIGURES[name];
  return typeof value === 'string' ? cell : (value[cell] ?? cell);
}

const shown = (value: ChainSummary[ChainFigureName]): Value =>
  typeof value === 'object' && value !== null ? value.join(' ') : value;

function isSameNumber(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= RELATIVE_TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

const isSameValue = (a: Value, b: Value): boolean =>
  typeof a === 'number' && typeof b === 'number' ? isSameNumber(a, b) : a === b;

const isSameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

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
  type ProductFigureValues,
  SIDE_COLUMNS,
  SIDES,
} from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { StoredProductFigures } from '../../../ports/stores/market-store.ts';

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

  const note = (figure: string, where: () => string, stored: Value, recomputed: Value, isFirst: boolean) => {
    let change = changes.get(figure);
    const isNumber = typeof stored === 'number' && typeof recomputed === 'number';
    const difference = isNumber ? Math.abs(recomputed - stored) : null;
    if (change === undefined) {
      const level = COMPUTED_FIGURES.get(figure) ?? 'chain';
      const at = { where: where(), stored, recomputed };
      change = { figure, level, chains: 0, values: 0, largest_difference: difference, ...at };
      changes.set(figure, change);
    }
    change.values++;
    if (isFirst) change.chains++;
    if (difference === null || difference <= (change.largest_difference ?? -1)) return;
    Object.assign(change, { largest_difference: difference, where: where(), stored, recomputed });
  };

  const compareColumn = (
    stored: EnrichedChain,
    now: EnrichedChain,
    name: DerivedColumn,
    side: (typeof SIDES)[number],
    isFirst: boolean,
  ): boolean => {
    const from = column(stored.columns, SIDE_COLUMNS[side][name]);
    const to = column(now.columns, SIDE_COLUMNS[side][name]);
    let changed = false;
    for (let row = 0; row < from.length; row++) {
      if (isSameNumber(from[row], to[row])) continue;
      const where = () => `${placeOf(stored)}, ${column(stored.columns, 'strike')[row]} ${side}`;
      note(name, where, cellValue(name, from[row]), cellValue(name, to[row]), isFirst && !changed);
      changed = true;
    }
    return changed;
  };

  return {
    compareChain(stored, now) {
      let changed = false;
      for (const name of contract) {
        let ofFigure = false;
        for (const side of SIDES) {
          if (compareColumn(stored, now, name, side, !ofFigure)) ofFigure = true;
        }
        changed ||= ofFigure;
      }
      for (const name of chain) {
        const [from, to] = [shown(stored.summary[name]), shown(now.summary[name])];
        if (!isSameValue(from, to)) {
          note(name, () => placeOf(stored), from, to, true);
          changed = true;
        } else if (stored.summary.null_reasons[name] !== now.summary.null_reasons[name]) {
          changed = true;
        }
      }
      return changed || stored.price_tick !== now.price_tick || !isSameList(stored.quality, now.quality);
    },
    compareProduct(stored, values) {
      let changed = false;
      for (const name of product) {
        if (isSameValue(stored.values[name], values[name])) continue;
        note(
          name,
          () => `${stored.product} at ${isoTime(stored.timestamp)}`,
          stored.values[name],
          values[name],
          true,
        );
        changed = true;
      }
      return changed;
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

import {
  BUILDUPS,
  type ChainColumns,
  CONTRACT_FIGURES,
  column,
  type DerivedColumn,
  type DerivedFigure,
  SIDE_COLUMNS,
  type Side,
} from '@deltastream/contracts';
import { openInterestBuildup } from '@deltastream/quant';
import { publishedPlaces, roundInto } from './resolution.ts';
import type { SolvedColumn } from './volatility.ts';

/** What the figures of the contracts of one side are computed from. */
export interface SideInputs {
  /** With the quotes, and with what the solver fills. */
  readonly columns: ChainColumns;
  readonly side: Side;
  /** Premiums by strike; NaN where there is none. */
  readonly prices: Float64Array;
  /** Null where nothing is priced. */
  readonly forward: number | null;
  /** Continuous, fraction a year. */
  readonly rate: number;
  readonly yearFraction: number;
}

/** Fills `target`, by strike: NaN where the figure cannot be computed, the place of a name among its names. */
type Fill = (target: Float64Array, inputs: SideInputs) => void;

/** What fills each column that the solver does not; a figure of the catalogue does not compile without. */
const FILLS: Readonly<Record<Exclude<DerivedColumn, SolvedColumn>, Fill>> = { buildup: fillBuildup };

const FILLED = Object.keys(FILLS) as (keyof typeof FILLS)[];

/** Fills the other derived columns of one side, rounded to the published resolution. */
export function fillDerivedColumns(inputs: SideInputs): void {
  for (const name of FILLED) {
    const target = column(inputs.columns, SIDE_COLUMNS[inputs.side][name]);
    FILLS[name](target, inputs);
    const { resolution }: DerivedFigure = CONTRACT_FIGURES[name];
    if (resolution !== null) roundInto(target, target, 0, publishedPlaces(resolution, inputs.forward ?? 1));
  }
}

/**
 * The build-up against the previous close. NaN where the source gave no previous close or no open interest change. A
 * previous close of 0 means "did not trade", not a price.
 */
function fillBuildup(target: Float64Array, { columns, side, prices }: SideInputs): void {
  const names = SIDE_COLUMNS[side];
  const previousClose = column(columns, names.previous_close);
  const openInterestChange = column(columns, names.open_interest_change);
  for (let i = 0; i < columns.count; i++) {
    const priceChange = previousClose[i] > 0 ? prices[i] - previousClose[i] : Number.NaN;
    const kind = openInterestBuildup(priceChange, openInterestChange[i]);
    target[i] = kind === null ? Number.NaN : BUILDUPS.indexOf(kind);
  }
}

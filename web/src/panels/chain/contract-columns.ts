import {
  type ChainView,
  CONTRACT_FIGURES,
  type ContractFigureName,
  type ContractView,
  type Figure,
} from '@deltastream/client';
import { type Format, inColumn, meaning, type NumberFormat, words } from '../../format/format.ts';
import type { PlaceWidth } from '../../panel/place-width.ts';

/** A column of a call; those of a put are the same, mirrored. */
interface Column {
  readonly name: ContractFigureName;
  /** Pixels that its numbers need, with room beside them. */
  readonly width: number;
  /** The narrowest screen on which it is shown unless the reader chose columns; never without. */
  readonly from?: PlaceWidth;
  /** Shown in the unit of traders, where the catalogue has another one. */
  readonly as?: { readonly title: string; readonly meaning: string; readonly per: number };
}

const PER_POINT = {
  title: 'Vega/pt',
  meaning: 'Change of the premium with one volatility point',
  per: 100,
};
const PER_DAY = { title: 'Theta/day', meaning: 'Change of the premium with one calendar day', per: 1 };
const PER_PERCENT = {
  title: 'Rho/1%',
  meaning: 'Change of the premium with one percent of rate, at a constant forward',
  per: 100,
};

/** From the outside to the strike, which is the order on the screen whatever was chosen. */
const PLACED: readonly Column[] = [
  { name: 'iv_status', width: 96 },
  { name: 'price_source', width: 60 },
  { name: 'buildup', width: 118, from: 'full' },
  { name: 'open_interest_change', width: 80 },
  { name: 'open_interest', width: 70, from: 'narrow' },
  { name: 'volume', width: 80, from: 'medium' },
  { name: 'rho', width: 64, as: PER_PERCENT },
  { name: 'vega', width: 70, as: PER_POINT },
  { name: 'theta', width: 78, as: PER_DAY },
  { name: 'gamma', width: 74 },
  { name: 'iv', width: 58, from: 'narrow' },
  { name: 'delta', width: 60, from: 'full' },
  { name: 'previous_close', width: 76 },
  { name: 'mark_price', width: 70 },
  { name: 'last_price', width: 70 },
  { name: 'bid_size', width: 64 },
  { name: 'bid', width: 70, from: 'wide' },
  { name: 'ask', width: 70, from: 'wide' },
  { name: 'ask_size', width: 64 },
  { name: 'price', width: 94, from: 'narrow' },
];

const USUAL_WIDTH = 80;
/** Every figure of the catalogue; those without a place of their own stand outside. */
const COLUMNS: readonly Column[] = [
  ...(Object.keys(CONTRACT_FIGURES) as ContractFigureName[])
    .filter((name) => !PLACED.some((each) => each.name === name))
    .map((name) => ({ name, width: USUAL_WIDTH })),
  ...PLACED,
];

const WIDTHS: readonly PlaceWidth[] = ['narrow', 'medium', 'wide', 'full'];
const COLUMN_OF = new Map(COLUMNS.map((column) => [column.name, column]));
const widthOf = (name: ContractFigureName): number => COLUMN_OF.get(name)?.width ?? USUAL_WIDTH;
/** With a mark beside it, below it on a phone, and with two where there is room: a row that is higher than the others breaks the column. */
const STRIKE_WIDTH: Readonly<Record<PlaceWidth, number>> = { narrow: 80, medium: 112, wide: 112, full: 124 };
/** The least room that each kind of screen has for a table. */
const ROOM: Readonly<Record<PlaceWidth, number>> = { narrow: 360, medium: 560, wide: 840, full: 1_080 };

/** Columns that a reader can choose, as the menu lists them. */
export const COLUMN_GROUPS = (['Price', 'Open interest', 'Greeks', 'Flags'] as const).map((title) => ({
  title,
  names: COLUMNS.map(({ name }) => name).filter((name) => groupOf(CONTRACT_FIGURES[name]) === title),
}));

function groupOf({ group, format }: Figure): 'Price' | 'Open interest' | 'Greeks' | 'Flags' {
  if (format === 'name') return 'Flags';
  if (group === 'positioning') return 'Open interest';
  return group === 'volatility' || group === 'greeks' ? 'Greeks' : 'Price';
}

/** The columns of a screen for readers who chose none. */
export const columnsFor = (width: PlaceWidth): readonly ContractFigureName[] =>
  COLUMNS.filter(({ from }) => from && WIDTHS.indexOf(from) <= WIDTHS.indexOf(width)).map(({ name }) => name);

/** Names by comma, as the address has them, in the order of the screen; null where none of them is a column. */
export function readColumns(text: string): readonly ContractFigureName[] | null {
  const given = new Set(text.split(','));
  const columns = COLUMNS.map(({ name }) => name).filter((name) => given.has(name));
  return columns.length === 0 ? null : columns;
}

/** Pixels below which a table of these columns, with a strike in its middle, cannot be read. */
const tableWidth = (columns: readonly ContractFigureName[], screen: PlaceWidth): number =>
  STRIKE_WIDTH[screen] + 2 * columns.reduce((sum, name) => sum + widthOf(name), 0);

/** Widths of the columns in percent, and that of the table where the screen may be too narrow for it, in pixels. */
export function widthsOf(columns: readonly ContractFigureName[], screen: PlaceWidth) {
  const total = tableWidth(columns, screen);
  const share = (width: number) => (100 * width) / total;
  return {
    columns: columns.map((name) => share(widthOf(name))),
    strike: share(STRIKE_WIDTH[screen]),
    // The columns of a screen fit it, narrower than they would like to be.
    scrolls: total > Math.max(ROOM[screen], tableWidth(columnsFor(screen), screen)) ? total : null,
  };
}

/** What stands above a column, and what it means. */
export function headOf(name: ContractFigureName): { readonly title: string; readonly meaning: string } {
  const figure = CONTRACT_FIGURES[name];
  return COLUMN_OF.get(name)?.as ?? { title: figure.title, meaning: meaning(figure) };
}

/** A number of a contract in the unit of its column. */
export const inUnit = (name: ContractFigureName, value: number): number =>
  value / (COLUMN_OF.get(name)?.as?.per ?? 1);

/** How the numbers of each column are read: with as many decimals in calls and puts, whichever strikes are shown. */
export function columnFormats(
  { calls, puts }: Pick<ChainView, 'calls' | 'puts'>,
  columns: readonly ContractFigureName[],
  { figure }: Format,
): ReadonlyMap<ContractFigureName, NumberFormat> {
  const formats = new Map<ContractFigureName, NumberFormat>();
  for (const name of columns) {
    const { format } = CONTRACT_FIGURES[name];
    if (format === 'name') continue;
    const values = [...calls, ...puts].map((contract) => {
      const value = contract?.[name];
      return typeof value === 'number' ? inUnit(name, value) : null;
    });
    formats.set(name, inColumn(figure[format], values));
  }
  return formats;
}

/** Why a contract does not have a figure. */
export function reasonOf(name: ContractFigureName, { iv_status }: ContractView): string {
  const { group, nullWhen } = CONTRACT_FIGURES[name];
  const solved = group === 'volatility' || group === 'greeks';
  return solved
    ? `implied volatility: ${words(iv_status)}`
    : (nullWhen ?? 'not computed').replaceAll('`', '');
}

/** Whether two states of a contract look the same: their shown figures, and why one of them is not there. */
export function sameContract(
  a: ContractView | null,
  b: ContractView | null,
  shown: readonly ContractFigureName[],
): boolean {
  if (a === null || b === null) return a === b;
  return a.iv_status === b.iv_status && shown.every((name) => a[name] === b[name]);
}

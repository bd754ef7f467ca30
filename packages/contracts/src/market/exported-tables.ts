import { CHAIN_FIGURES, HISTORY_FIGURES } from '../figures/chain-figures.ts';
import { CONTRACT_FIGURE_NAMES, CONTRACT_FIGURES } from '../figures/contract-figures.ts';
import type { Figure } from '../figures/figure.ts';

/** What can be exported: rows of contracts, figures of chains, prices of underlyings, their bars. */
export const EXPORT_KINDS = ['chains', 'summaries', 'ticks', 'bars'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** CSV; Parquet; Arrow IPC in its stream format. */
export const EXPORT_FORMATS = ['csv', 'parquet', 'arrow'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
/** What a file of each format is to HTTP. */
export const EXPORT_MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
};

/**
 * What a column of an exported table holds. An `instant` is in milliseconds of UTC, a `date` a
 * calendar date, a `number` a double, an `integer` one of 32 bits, a `text` one of few.
 */
export type ExportedType = 'instant' | 'date' | 'text' | 'number' | 'integer';

export interface ExportedColumn {
  readonly name: string;
  readonly type: ExportedType;
  /** Rows are looked up by it: formats that can say what a part of a file holds say it of this column. */
  readonly isKey: boolean;
  /** No cell of it is missing. */
  readonly isGiven: boolean;
}

const columnOf =
  (type: ExportedType, isKey: boolean, isGiven = isKey) =>
  (name: string): ExportedColumn => ({ name, type, isKey, isGiven });
const given = (type: ExportedType, name: string): ExportedColumn => columnOf(type, false, true)(name);
const text = columnOf('text', false);
const number = columnOf('number', false);
const timestamp = columnOf('instant', true)('timestamp');
const product = columnOf('text', true)('product');
const expiry = columnOf('date', true)('expiry');

const figureColumn = (name: string, { value }: Figure): ExportedColumn => {
  if (typeof value !== 'string') return text(name);
  return columnOf(value === 'integer' ? 'integer' : 'number', false)(name);
};

/** The columns of each exported table, in the order in which they are written. */
export const EXPORTED_TABLES: Readonly<Record<ExportKind, readonly ExportedColumn[]>> = {
  chains: [
    timestamp,
    product,
    expiry,
    number('spot_price'),
    number('forward'),
    columnOf('number', true)('strike'),
    columnOf('text', true)('side'),
    ...CONTRACT_FIGURE_NAMES.map((name) => figureColumn(name, CONTRACT_FIGURES[name])),
    number('future'),
    given('instant', 'expiry_at'),
    number('lot_size'),
    number('price_tick'),
    given('text', 'currency'),
    given('text', 'source'),
    text('quality'),
  ],
  summaries: [
    timestamp,
    product,
    expiry,
    ...HISTORY_FIGURES.map((name) => figureColumn(name, CHAIN_FIGURES[name])),
  ],
  ticks: [
    timestamp,
    product,
    given('number', 'price'),
    number('previous_close'),
    given('text', 'currency'),
    given('text', 'source'),
  ],
  bars: [
    columnOf('instant', true)('start'),
    product,
    text('interval'),
    ...['open', 'high', 'low', 'close'].map(number),
  ],
};

/** Between the quality flags of a chain in the cell of its rows. */
export const FLAG_SEPARATOR = ' ';

/** Key of the note by which a Parquet file says that it is an export: an `ExportNote` as JSON. */
export const EXPORT_NOTE = 'deltastream.export';

export interface ExportNote {
  readonly kind: ExportKind;
  /** Rows at which slices begin, each in an order of its own, ascending; chains of one instant are in one slice. */
  readonly slices: readonly number[];
}

/** Rows of a slice at most, beyond those of its last instant: who reads it back holds one. */
export const MAX_SLICE_ROWS = 500_000;

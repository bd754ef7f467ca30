import { MalformedBlobError } from '@deltastream/contracts/malformed-blob';
import { BLOCK_HOUR_MS, type FigureBlock, type FigureBlockCodec } from '../../codec/figure-block.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { CHAIN_KIND, chainOfSeries, type FigureKind, PRODUCT_KIND } from './figure-kinds.ts';
import { asBlock, type Cells, MINUTE_MS, mergeFigures, QUARTER_MS } from './merge-figures.ts';

/** An hour of a series, by its beginning. */
export interface SeriesHour {
  readonly series: string;
  readonly hour: number;
}

/** What a store on a server keeps of an hour of a series. */
export interface HourBlocks {
  readonly hour: number;
  /** The last figures of each minute; null once they are kept no longer, or where they were not asked for. */
  readonly minutes: Uint8Array | null;
  /** Those of each quarter of the hour. */
  readonly quarters: Uint8Array;
}

export const kindOf = (series: string): FigureKind =>
  chainOfSeries(series) === null ? PRODUCT_KIND : CHAIN_KIND;

/**
 * A block that is stored; null where it is damaged and its rows are all there. Throws `stored_data_damaged`, which names
 * the place, series and hour.
 */
export function openBlock(
  codec: FigureBlockCodec,
  { series, hour }: SeriesHour,
  data: Uint8Array,
  hasRows: boolean,
): FigureBlock | null {
  try {
    return codec.open(series, hour, data);
  } catch (cause) {
    if (!(cause instanceof MalformedBlobError)) throw cause;
    if (hasRows) return null;
    const what = `the roll-up of ${series} at ${new Date(hour).toISOString()} ${cause.message}`;
    throw new DeltaStreamError('stored_data_damaged', what, { cause });
  }
}

/**
 * Merges rows of an hour into its blocks; null where neither has any. Rows are the time and the figures of the series'
 * kind. Of an hour whose minutes are kept no longer, they are merged into its quarters.
 *
 * @param hasRows whether every row of the hour is among them, as far as minutes need them
 */
export function rolledHour(
  codec: FigureBlockCodec,
  at: SeriesHour,
  held: HourBlocks | null,
  rows: readonly Cells[],
  hasRows: boolean,
): HourBlocks | null {
  const { series, hour } = at;
  const { ids } = kindOf(series);
  const hasMinutes = held === null || held.minutes !== null;
  const before = held === null ? null : openBlock(codec, at, held.minutes ?? held.quarters, hasRows);
  const merged = mergeFigures(before, rows, 0, ids, hasMinutes ? MINUTE_MS : QUARTER_MS);
  if (merged.timestamps.length === 0) return null;
  if (!hasMinutes) return { hour, minutes: null, quarters: codec.encode(series, hour, merged) };
  const quarters = mergeFigures(asBlock(merged), [], 0, ids, QUARTER_MS);
  return {
    hour,
    minutes: codec.encode(series, hour, merged),
    quarters: codec.encode(series, hour, quarters),
  };
}

/** The points of a block within a range: the time and the figures at `chosen` places of the kind of the series. */
export function pointsOf(
  block: FigureBlock,
  series: string,
  chosen: readonly number[],
  fromMs: number,
  toMs: number,
): Cells[] {
  const { ids } = kindOf(series);
  const columns = chosen.map((place) => block.column(ids[place]));
  const points: Cells[] = [];
  for (const [at, time] of block.timestamps.entries()) {
    if (time < fromMs || time >= toMs) continue;
    points.push([time, ...columns.map((column) => nullable(column?.[at]))]);
  }
  return points;
}

const nullable = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

export const hourEnd = (hour: number): number => hour + BLOCK_HOUR_MS;

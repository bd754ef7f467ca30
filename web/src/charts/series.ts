import type { Tokens } from '../style/tokens.ts';

/** A point of a line or a bar: `value`, or nothing where there is none. Time in UTC milliseconds. */
export interface Point {
  readonly timestamp: number;
  readonly value: number | null;
}

export interface Candle {
  readonly timestamp: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

interface Drawn {
  readonly name: string;
  readonly colour: keyof Tokens;
  /** Panes lie below each other and share the time; 0 is the first. */
  readonly pane?: number;
  readonly axis?: 'left' | 'right';
  /** So that colour is not all that tells lines apart. */
  readonly dashed?: boolean;
  readonly format?: (value: number) => string;
}

export type Series =
  | (Drawn & { readonly kind: 'line' | 'histogram'; readonly points: readonly Point[] })
  | (Drawn & { readonly kind: 'candles'; readonly candles: readonly Candle[] });

/** The value of a series at an instant; the last one that is there without an instant. */
export function valueAt(series: Series, instant: number | null): number | null {
  if (series.kind === 'candles') {
    const candle =
      instant === null
        ? series.candles.at(-1)
        : series.candles.find(({ timestamp }) => timestamp === instant);
    return candle?.close ?? null;
  }
  const { points } = series;
  const point =
    instant === null
      ? points.findLast(({ value }) => value !== null)
      : points.find(({ timestamp }) => timestamp === instant);
  return point?.value ?? null;
}

/** Labels of an axis, of which neighbours in a short form may read the same: the first one stands for them. */
export const withoutRepeats = (labels: readonly string[]): string[] =>
  labels.map((label, i) => (i > 0 && label === labels[i - 1] ? '' : label));

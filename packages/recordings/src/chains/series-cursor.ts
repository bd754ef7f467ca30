/** Rows of numbers by time; the first number of each is its time. */
export interface Series {
  readonly width: number;
  readonly values: readonly number[];
}

/** A series seen as of a time that only goes forward. */
export interface SeriesCursor {
  /** The time of every row. */
  times(): number[];
  /** True when rows came since the time before. */
  advanceTo(time: number): boolean;
  /** A column of the newest row; NaN before the first. */
  value(column: number): number;
  /** A column of all rows so far added up; null for a series without rows. */
  sum(column: number): number | null;
}

export const NO_ROWS: Series = { width: 1, values: [] };

export function createSeriesCursor({ width, values: rows }: Series): SeriesCursor {
  const values = Float64Array.from(rows);
  const sums = new Float64Array(width);
  let next = 0;
  return {
    times: () => Array.from({ length: values.length / width }, (_, row) => values[row * width]),
    advanceTo: (time) => {
      const before = next;
      for (; next < values.length && values[next] <= time; next += width) {
        for (let column = 1; column < width; column++) sums[column] += values[next + column];
      }
      return next > before;
    },
    value: (column) => (next === 0 ? Number.NaN : values[next - width + column]),
    sum: (column) => (values.length === 0 ? null : sums[column]),
  };
}

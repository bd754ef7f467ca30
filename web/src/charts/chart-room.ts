import type { EChartsCoreOption } from 'echarts/core';

/** Of a name in the legend: its icon, and the room before the next one; and of a row of names, in pixels. */
const ICON = 17;
const GAP = 10;
const ROW = 16;

/** Rows that the names of a legend take in a place of this width, each as wide as `measure` says; one at least. */
export function legendRows(
  names: readonly string[],
  width: number,
  measure: (text: string) => number,
): number {
  let rows = 1;
  let used = 0;
  for (const name of names) {
    const needed = ICON + measure(name) + GAP;
    if (used > 0 && used + needed > width) {
      rows += 1;
      used = 0;
    }
    used += needed;
  }
  return rows;
}

/** What the legend of an option names; nothing where it has none, or is scrolled. */
export function legendNames({ legend, series }: EChartsCoreOption): readonly string[] {
  const { show = true, type = 'plain' } = (legend ?? {}) as { show?: boolean; type?: string };
  if (!show || type === 'scroll' || !Array.isArray(series)) return [];
  return [...new Set(series.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])))];
}

/** A value axis of so few pixels or fewer has room for three labels, not for the usual five; mirrored bars have nine. */
export const LOW_PX = 180;

/** Pixels above the drawing. */
export const topOf = ({ grid }: EChartsCoreOption): number => {
  const { top } = (grid ?? {}) as { readonly top?: unknown };
  return typeof top === 'number' ? top : 0;
};

/** The option with fewer labels on its vertical axes, for a low chart; an axis that says how many keeps them. */
export function withFewLabels(option: EChartsCoreOption): EChartsCoreOption {
  const few = (axis: Record<string, unknown>) => (axis.type === 'value' ? { splitNumber: 3, ...axis } : axis);
  const { yAxis } = option as { yAxis?: Record<string, unknown> | Record<string, unknown>[] };
  if (yAxis === undefined) return option;
  return { ...option, yAxis: Array.isArray(yAxis) ? yAxis.map(few) : few(yAxis) };
}

/** The option with its drawing below so many rows of the legend; it is made for one. */
export function belowLegend(option: EChartsCoreOption, rows: number): EChartsCoreOption {
  if (rows === 1 || !option.grid) return option;
  return { ...option, grid: { ...(option.grid as object), top: topOf(option) + ROW * (rows - 1) } };
}

import type { EChartsCoreOption } from 'echarts/core';
import type { Format } from '../../../format/format.ts';
import type { Tokens } from '../../../style/tokens.ts';
import { SMILE_AXES, type SmileAxis } from '../smile/smile-axis.ts';
import { positionText, rangeOf, type SurfaceGrid } from './surface-grid.ts';

/** Colour by volatility: what the heat map and the surface in space share. */
function coloured(grid: SurfaceGrid, format: Format, tokens: Tokens, dimension: number): object {
  const [min, max] = rangeOf(grid) ?? [0, 1];
  return {
    type: 'continuous',
    dimension,
    min,
    max,
    orient: 'horizontal',
    left: 'center',
    top: 0,
    itemWidth: 12,
    itemHeight: 160,
    text: [format.figure.volatility(max), format.figure.volatility(min)],
    textStyle: { color: tokens.muted },
    inRange: { color: [tokens['scale-low'], tokens['scale-middle'], tokens['scale-high']] },
  };
}

/** Strike, log-moneyness or delta across, expiries down, the nearest first. */
export function heatMapOption(
  grid: SurfaceGrid,
  axis: SmileAxis,
  format: Format,
  tokens: Tokens,
): EChartsCoreOption {
  const text = positionText(axis, format);
  const expiries = grid.rows.map(({ expiry }) => format.expiry(expiry));
  return {
    legend: { show: false },
    // Half of the last label, which has its place at the end of the axis.
    grid: { right: 24 },
    tooltip: {
      trigger: 'item',
      formatter: ({ value: [x, y, iv] }: { value: [number, number, number] }) =>
        `${expiries[y]}, ${text(grid.positions[x])}\nIV ${format.figure.volatility(iv)}`,
    },
    xAxis: {
      type: 'category',
      name: SMILE_AXES[axis],
      nameGap: 26,
      inverse: axis === 'delta',
      data: grid.positions.map(text),
    },
    yAxis: { type: 'category', inverse: true, data: expiries },
    visualMap: coloured(grid, format, tokens, 2),
    series: [
      {
        type: 'heatmap',
        data: grid.rows.flatMap(({ iv }, y) =>
          iv.flatMap((each, x) => (each === null ? [] : [[x, y, each]])),
        ),
      },
    ],
  };
}

/** Texts in space are pictures as high as their line, which is less than their letters. */
const IN_SPACE = { lineHeight: 18, padding: [2, 0] };

/** The same grid in space: days to expiry in depth, volatility upwards. */
export function surface3dOption(
  grid: SurfaceGrid,
  axis: SmileAxis,
  format: Format,
  tokens: Tokens,
): EChartsCoreOption {
  const text = positionText(axis, format);
  const line = { lineStyle: { color: tokens.line } };
  const axis3d = (name: string, formatter: (value: number) => string) => ({
    type: 'value',
    name,
    scale: true,
    nameTextStyle: { color: tokens.muted, fontSize: 12, ...IN_SPACE },
    axisLabel: { formatter, color: tokens.muted, fontSize: 11, ...IN_SPACE },
    axisLine: line,
    splitLine: line,
    axisPointer: { show: false },
  });
  return {
    legend: { show: false },
    tooltip: {
      trigger: 'item',
      formatter: ({ value: [x, days, iv] }: { value: [number, number, number] }) =>
        `${text(x)}, ${days.toFixed(1)} days\nIV ${format.figure.volatility(iv)}`,
    },
    visualMap: coloured(grid, format, tokens, 2),
    grid3D: { boxWidth: 140, boxDepth: 90, boxHeight: 60, viewControl: { distance: 200, animation: false } },
    xAxis3D: { ...axis3d(SMILE_AXES[axis], text), inverse: axis === 'delta' },
    yAxis3D: axis3d('Days', (days) => days.toFixed(0)),
    zAxis3D: axis3d('IV', format.figure.volatility),
    series: [
      {
        type: 'surface',
        shading: 'color',
        wireframe: { show: true, lineStyle: { color: tokens.line, width: 1 } },
        dataShape: [grid.rows.length, grid.positions.length],
        data: grid.rows.flatMap(({ days, iv }) =>
          iv.map((each, x) => [grid.positions[x], days, each ?? '-']),
        ),
      },
    ],
  };
}

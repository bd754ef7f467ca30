import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { heightStyle, useChartImage } from '../panel/panel-chart.tsx';
import { readTokens, type Tokens, useTokens } from '../style/tokens.ts';
import { axisTheme } from './axes.ts';
import { belowLegend, LOW_PX, legendNames, legendRows, topOf, withFewLabels } from './chart-room.ts';
import { init } from './echarts.ts';

/** What a refresh draws anew; what the reader chose stays: the zoom, and series switched off in the legend. */
const REPLACED = ['series', 'xAxis', 'yAxis', 'visualMap'];

/** Pixels that a width changes by before what depends on it is laid out anew. */
const WIDTH_STEP = 20;

export interface ChartProps {
  /** What a screen reader says: what is drawn over what, with the figures that matter. */
  readonly label: string;
  /** What is drawn, on so many pixels; called again when it, the theme or the width is another. Keep it by `useCallback`. */
  readonly option: (tokens: Tokens, width: number) => EChartsCoreOption;
  readonly height?: number;
  /** What an option does not name stays, e.g. where the camera of a chart in space was turned to. */
  readonly merge?: boolean;
  /** A click at a series' item, by its index. */
  readonly onItem?: (index: number) => void;
}

/** Bars, heat maps, smiles: a canvas with a name. Its panel has the same figures as a table. */
export function Chart({ label, option, height = 320, merge = false, onItem }: ChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const tokens = useTokens();
  const named = useRef<readonly string[]>([]);
  const top = useRef(0);
  const [rows, setRows] = useState(1);
  const [low, setLow] = useState(false);
  const [width, setWidth] = useState(0);
  const fit = useCallback(() => {
    if (!chart.current) return;
    setRows(legendRows(named.current, chart.current.getWidth(), textWidth));
    setLow(chart.current.getHeight() - top.current <= LOW_PX);
    setWidth(Math.floor(chart.current.getWidth() / WIDTH_STEP) * WIDTH_STEP);
  }, []);

  useEffect(() => {
    const drawn = init(element.current as HTMLDivElement, axisTheme(readTokens()), { renderer: 'canvas' });
    chart.current = drawn;
    const resized = new ResizeObserver(() => {
      drawn.resize();
      fit();
    });
    resized.observe(element.current as HTMLDivElement);
    return () => {
      resized.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, [fit]);

  useEffect(() => chart.current?.setTheme(axisTheme(tokens)), [tokens]);

  useEffect(() => {
    const given = withDefaults(defaults(tokens), option(tokens, width));
    named.current = legendNames(given);
    top.current = topOf(given);
    fit();
    const fitted = belowLegend(given, rows);
    chart.current?.setOption(low ? withFewLabels(fitted) : fitted, {
      ...(!merge && { replaceMerge: REPLACED }),
      lazyUpdate: true,
    });
  }, [option, tokens, width, merge, rows, low, fit]);

  useEffect(() => {
    const drawn = chart.current;
    if (!onItem || !drawn) return;
    const clicked = ({ dataIndex }: { dataIndex: number }) => onItem(dataIndex);
    drawn.on('click', clicked as never);
    return () => void drawn.off('click', clicked as never);
  }, [onItem]);

  useChartImage(
    useCallback(() => (chart.current as EChartsType).renderToCanvas({ pixelRatio: devicePixelRatio }), []),
  );
  return (
    <div ref={element} role="img" aria-label={label} className="chart-canvas" style={heightStyle(height)} />
  );
}

const FONT = 'system-ui, sans-serif';
/** ECharts writes legends in this size. */
const LEGEND_FONT = `12px ${FONT}`;
let ruler: CanvasRenderingContext2D | null = null;

function textWidth(text: string): number {
  ruler ??= document.createElement('canvas').getContext('2d');
  if (ruler === null) return 0;
  ruler.font = LEGEND_FONT;
  return ruler.measureText(text).width;
}

/** The defaults of a component, e.g. `tooltip`, hold for what an option does not say of it. */
function withDefaults(defaults: EChartsCoreOption, option: EChartsCoreOption): EChartsCoreOption {
  const merged: EChartsCoreOption = { ...defaults };
  for (const [name, given] of Object.entries(option)) {
    const basis = defaults[name];
    merged[name] = isComponent(given) && isComponent(basis) ? { ...basis, ...given } : given;
  }
  return merged;
}

const isComponent = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Drawn on the canvas, tooltips too: HTML of a library would need an exception in the content security policy. */
const defaults = (tokens: Tokens): EChartsCoreOption => ({
  animation: false,
  backgroundColor: 'transparent',
  textStyle: { fontFamily: FONT, fontSize: 11, color: tokens.muted },
  grid: { left: 8, right: 8, top: 32, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'all' },
  tooltip: {
    trigger: 'axis',
    renderMode: 'richText',
    backgroundColor: tokens.raised,
    borderColor: tokens.line,
    textStyle: { color: tokens.ink, fontSize: 12 },
  },
  legend: { top: 0, icon: 'roundRect', itemWidth: 12, itemHeight: 8, textStyle: { color: tokens.ink } },
});

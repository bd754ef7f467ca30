import type { ResponseOf, Routes } from '@deltastream/client';
import type { EChartsCoreOption } from 'echarts/core';
import type { Format } from '../../format/format.ts';
import type { Table } from '../../panel/table/figure-table.tsx';
import type { Tokens } from '../../style/tokens.ts';

export type TermStructure = ResponseOf<Routes['getTermStructure']>;

const DAYS_PER_YEAR = 365;
const daysOf = ({ year_fraction }: { year_fraction: number }): number => year_fraction * DAYS_PER_YEAR;

/** Expiries, then constant maturities. */
export function termTable({ product, expiries, constant_maturities }: TermStructure, format: Format): Table {
  const { volatility } = format.figure;
  return {
    caption: `Term structure of ${product}: at-the-money volatility by expiry, and at constant maturities`,
    columns: [
      { title: 'Maturity' },
      { title: 'Days', format: (days) => days.toFixed(1) },
      { title: 'Forward', format: format.price },
      { title: 'ATM IV', format: volatility },
      { title: 'Forward volatility from the expiry before', format: volatility },
    ],
    rows: [
      ...expiries.map((each) => [each.expiry, daysOf(each), each.forward, each.atm_iv, each.forward_iv]),
      ...constant_maturities.map(({ days, iv }) => [`constant, ${days} days`, days, null, iv, null]),
    ],
  };
}

interface Extent {
  readonly min: number;
  readonly max: number;
}
/** A flat term structure looks flat: the axis spans some vol points at least. */
const LEAST_SPAN = 0.02;
const marginOf = ({ min, max }: Extent): number =>
  Math.max(0.05 * (max - min), (LEAST_SPAN - (max - min)) / 2);
const VOLATILITY_BOUNDS = {
  min: (extent: Extent) => Math.max(0, Math.floor((extent.min - marginOf(extent)) * 100) / 100),
  max: (extent: Extent) => Math.ceil((extent.max + marginOf(extent)) * 100) / 100,
};

/** Lines over days to expiry; forward volatility as steps, since it holds between two expiries. */
export function termOption(
  data: TermStructure,
  previousClose: TermStructure | null,
  format: Format,
  tokens: Tokens,
): EChartsCoreOption {
  const { volatility } = format.figure;
  const listed = new Set(data.expiries.map(({ expiry }) => expiry));
  // An expiry in its last minutes has a volatility of hundreds of percent: of one that is over since, nothing is drawn.
  const points = ({ expiries }: TermStructure) =>
    expiries.filter(({ expiry }) => listed.has(expiry)).map((each) => [daysOf(each), each.atm_iv]);
  return {
    tooltip: { trigger: 'item', valueFormatter: percentOrNone(volatility) },
    xAxis: { type: 'value', name: 'Days to expiry', nameGap: 26, min: 0, splitLine: { show: false } },
    yAxis: { type: 'value', ...VOLATILITY_BOUNDS, axisLabel: { formatter: volatility } },
    series: [
      {
        name: 'ATM IV',
        type: 'line',
        color: tokens['series-1'],
        symbolSize: 7,
        data: points(data),
      },
      {
        name: 'Forward volatility',
        type: 'line',
        step: 'start',
        color: tokens['series-2'],
        showSymbol: false,
        lineStyle: { width: 1.5 },
        data: data.expiries.map((each) => [daysOf(each), each.forward_iv]),
      },
      {
        name: 'Constant maturity',
        type: 'scatter',
        symbol: 'diamond',
        symbolSize: 10,
        color: tokens['series-3'],
        data: data.constant_maturities.flatMap(({ days, iv }) => (iv === null ? [] : [[days, iv]])),
      },
      {
        name: 'Previous close',
        type: 'line',
        color: tokens.muted,
        showSymbol: false,
        lineStyle: { width: 1.5, type: 'dashed' },
        data: previousClose ? points(previousClose) : [],
      },
    ],
  };
}

/** For tooltips, which are handed one coordinate or both. */
export const percentOrNone = (format: (value: number) => string) => (value: unknown) => {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'number' ? format(last) : '–';
};

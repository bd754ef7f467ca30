import type { Tokens } from '../style/tokens.ts';

/**
 * What every axis of a chart has unless the chart says otherwise: quiet lines, a name in its middle, and labels that
 * leave each other room. A theme of ECharts, so that a panel writes only what is its own: `type`, `data`, `name`,
 * `axisLabel.formatter`.
 */
export function axisTheme(tokens: Tokens) {
  const line = { lineStyle: { color: tokens.line } };
  const common = {
    nameLocation: 'middle',
    nameTextStyle: { color: tokens.muted },
    axisLine: line,
    axisTick: line,
    axisLabel: { color: tokens.muted, hideOverlap: true },
    axisPointer: { lineStyle: { color: tokens.muted }, crossStyle: { color: tokens.muted } },
  };
  const measured = {
    ...common,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: line,
  };
  return {
    categoryAxis: { ...common, splitLine: { show: false } },
    valueAxis: measured,
    logAxis: measured,
    timeAxis: { ...common, splitLine: { show: false } },
  };
}

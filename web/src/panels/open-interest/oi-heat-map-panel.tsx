import { useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import type { Format } from '../../format/format.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { useChoice } from '../../panel/choice/choice.tsx';
import { Panel } from '../../panel/panel.tsx';
import { REFRESH_HISTORY_MS, timeColumn } from '../../panel/query/use-history.tsx';
import { usePanelQuery } from '../../panel/query/use-panel-query.ts';
import { Message } from '../../panel/states.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';
import type { Tokens } from '../../style/tokens.ts';
import { startOfDate } from '../../time/exchange-day.ts';
import { useDaySnapshots } from '../../time/use-snapshots.ts';
import { useStrikesChoice } from '../chain/strikes-choice.tsx';
import {
  HEAT_SIDES,
  type HeatCell,
  type Heatmap,
  type HeatSide,
  hasChange,
  heatCells,
  rowOf,
} from './oi-heat-map.ts';

const RESOLUTIONS = { '15m': '15 min', '5m': '5 min', '1h': '1 h' } as const;
const ALL_STRIKES = 10_000;
/** Strikes that can be read beside each other in the height of the chart. */
const MOST_LABELS = 24;
const NOTES = {
  net: 'puts less calls, contracts, change since the first snapshot of the day',
  call: 'contracts, change since the first snapshot of the day',
  put: 'contracts, change since the first snapshot of the day',
} as const;

/** Where and when open interest was opened and closed during the day, and the way of the spot through it. */
export function OiHeatMapPanel() {
  const side = useChoice('heat', 'Calls, puts or net', HEAT_SIDES);
  const resolution = useChoice('heat-resolution', 'Time of one column', RESOLUTIONS);
  const { around, control: strikes } = useStrikesChoice();
  const { product } = useMarketView();
  const date = useDaySnapshots()?.date ?? null;
  const request =
    date === null
      ? null
      : {
          from: startOfDate(date, product?.time_zone ?? 'UTC'),
          resolution: resolution.value,
          width: around === 0 ? ALL_STRIKES : around,
        };
  const { data, states } = usePanelQuery('getOiHeatmap', request, { refreshMs: REFRESH_HISTORY_MS });
  const format = useFormat();
  const cells = useMemo(() => (data ? heatCells(data, side.value) : []), [data, side.value]);
  const table = useMemo(
    () =>
      data && {
        caption: `Change of open interest of ${data.product} by time and strike, ${HEAT_SIDES[side.value]}`,
        columns: [
          timeColumn(format),
          { title: 'Strike', format: format.strike },
          { title: `${HEAT_SIDES[side.value]}, contracts`, format: format.figure.contracts },
        ],
        rows: cells.map(({ column, row, change }) => [
          Date.parse(data.columns[column].timestamp),
          data.strikes[row],
          change,
        ]),
      },
    [data, cells, side.value, format],
  );
  return (
    <Panel
      title="Open interest by strike and time"
      note={NOTES[side.value]}
      controls={
        <>
          {side.buttons}
          {resolution.buttons}
          {strikes}
        </>
      }
      asOf={data?.columns.at(-1)?.timestamp}
      {...states}
      table={table}
    >
      {data && hasChange(cells) && <HeatMap data={data} cells={cells} side={side.value} />}
      {data && !hasChange(cells) && (
        <Message
          kind="empty"
          text="No change of open interest since the first snapshot of the day: the map begins with the first one."
        />
      )}
    </Panel>
  );
}

interface HeatMapProps {
  readonly data: Heatmap;
  readonly cells: readonly HeatCell[];
  readonly side: HeatSide;
}

function HeatMap({ data, cells, side }: HeatMapProps) {
  const format = useFormat();
  const option = useMemo(() => heatOption(data, cells, side, format), [data, cells, side, format]);
  const label = `Change of open interest at ${data.strikes.length} strikes over ${data.columns.length} instants of the day`;
  return <Chart label={label} option={option} height={420} />;
}

const COLOURS = {
  net: ['call-strong', 'raised', 'put-strong'],
  call: ['muted', 'raised', 'call-strong'],
  put: ['muted', 'raised', 'put-strong'],
} as const;

function heatOption(
  { strikes, columns }: Heatmap,
  cells: readonly HeatCell[],
  side: HeatSide,
  format: Format,
) {
  const known = cells.filter(({ change }) => change !== null);
  const most = known.reduce((largest, { change }) => Math.max(largest, Math.abs(change as number)), 1);
  const times = columns.map(({ timestamp }) => format.clock(timestamp));
  const said = (value: readonly number[]) =>
    `${times[value[0]]}  ${format.strike(strikes[value[1]])}\n${format.figure.contracts(value[2])} contracts`;
  return (tokens: Tokens) => ({
    legend: { show: false },
    grid: { top: 8, right: 88 },
    tooltip: { trigger: 'item', formatter: ({ value }: { value: readonly number[] }) => said(value) },
    visualMap: {
      type: 'continuous',
      seriesIndex: 0,
      min: -most,
      max: most,
      right: 0,
      top: 'middle',
      itemHeight: 200,
      text: [format.roughly(most), format.roughly(-most)],
      formatter: format.roughly,
      textStyle: { color: tokens.muted, fontSize: 11 },
      inRange: { color: COLOURS[side].map((name) => tokens[name]) },
    },
    xAxis: { type: 'category', data: times },
    yAxis: [
      {
        type: 'category',
        data: strikes.map(format.strike),
        axisLabel: { interval: Math.ceil(strikes.length / MOST_LABELS) - 1 },
      },
      { type: 'value', min: -0.5, max: strikes.length - 0.5, show: false },
    ],
    series: [
      {
        name: 'Change',
        type: 'heatmap',
        data: known.map(({ column, row, change }) => [column, row, change]),
      },
      {
        name: 'Spot',
        type: 'line',
        yAxisIndex: 1,
        silent: true,
        showSymbol: false,
        color: tokens.ink,
        lineStyle: { width: 1.5 },
        data: columns.map(({ spot_price }) => rowOf(strikes, spot_price)),
      },
    ],
  });
}

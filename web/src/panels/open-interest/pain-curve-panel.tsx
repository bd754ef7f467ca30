import type { ResponseOf, Routes } from '@deltastream/client';
import { useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import { markLines, placeMarks, topOf } from '../../charts/level-marks.ts';
import { strikeAxis } from '../../charts/strike-axis.ts';
import { type Format, words } from '../../format/format.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { Panel } from '../../panel/panel.tsx';
import { usePanelQuery } from '../../panel/query/use-panel-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import type { Tokens } from '../../style/tokens.ts';

type MaxPain = ResponseOf<Routes['getMaxPain']>;

/** What holders of all contracts would be paid at each settlement; least at max pain. */
export function PainCurvePanel() {
  const { data, states } = usePanelQuery('getMaxPain', {});
  const unit = `${useMarketView().product?.currency ?? 'currency'} × contracts`;
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: `Payout to holders of ${data.product} by settlement, expiry ${format.expiry(data.expiry)}`,
        columns: [
          { title: 'Settlement', format: format.strike },
          { title: `Payout, ${unit}`, format: format.figure.money },
        ],
        rows: data.curve.map(({ strike, pain }) => [strike, pain]),
      },
    [data, format, unit],
  );
  return (
    <Panel
      title="Pain by settlement"
      note={`payout to holders, ${unit}`}
      asOf={data?.timestamp}
      {...states}
      empty={states.empty ?? (data?.null_reason ? `No max pain: ${words(data.null_reason)}.` : null)}
      table={table}
    >
      {data && <Curve data={data} />}
    </Panel>
  );
}

function Curve({ data }: { readonly data: MaxPain }) {
  const format = useFormat();
  const option = useMemo(() => curveOption(data, format), [data, format]);
  const least = data.max_pain_strike === null ? 'none' : format.strike(data.max_pain_strike);
  return (
    <Chart label={`Payout over ${data.count} settlements; max pain ${least}`} option={option} height={280} />
  );
}

function curveOption({ curve, spot_price, max_pain_strike }: MaxPain, format: Format) {
  const axis = strikeAxis(
    curve.map(({ strike }) => strike),
    format.strike,
  );
  return (tokens: Tokens, width: number) => {
    const marks = placeMarks(
      [
        { name: 'Spot', value: spot_price, colour: 'accent' },
        { name: 'Max pain', value: max_pain_strike, colour: 'ink' },
      ],
      axis.min,
      axis.max,
      width,
    );
    return {
      legend: { show: false },
      grid: { right: 24, top: topOf(marks) - 16 },
      xAxis: axis,
      yAxis: { type: 'value', axisLabel: { formatter: format.figure.money } },
      series: [
        {
          name: 'Payout',
          type: 'line',
          showSymbol: false,
          color: tokens['series-2'],
          areaStyle: { opacity: 0.12 },
          data: curve.map(({ strike, pain }) => [strike, pain]),
          tooltip: { valueFormatter: (value: unknown) => format.figure.money(Number(value)) },
          markLine: markLines(marks, tokens, format),
        },
      ],
    };
  };
}

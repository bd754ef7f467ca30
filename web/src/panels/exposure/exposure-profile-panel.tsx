import type { ResponseOf, Routes } from '@deltastream/client';
import { useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import { markLines, placeMarks, topOf } from '../../charts/level-marks.ts';
import type { Format } from '../../format/format.ts';
import { words } from '../../format/format.ts';
import { Panel } from '../../panel/panel.tsx';
import { usePanelQuery } from '../../panel/query/use-panel-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import type { Tokens } from '../../style/tokens.ts';
import { useExposureUnit } from './exposure-kind.tsx';

type ExposureProfile = ResponseOf<Routes['getExposureProfile']>;

/** What the net gamma exposure would be were the underlying elsewhere, and where it crosses 0. */
export function ExposureProfilePanel() {
  const { data, states } = usePanelQuery('getExposureProfile', {});
  const format = useFormat();
  const unit = useExposureUnit('gex');
  const table = useMemo(
    () =>
      data && {
        caption: `Net gamma exposure of ${data.product} by level of the underlying, expiry ${format.expiry(data.expiry)}`,
        columns: [
          { title: 'Level', format: format.price },
          { title: `GEX, net, ${unit}`, format: format.figure.money },
        ],
        rows: data.levels.map(({ level, gex }) => [level, gex]),
      },
    [data, format, unit],
  );
  return (
    <Panel
      title="Gamma exposure by level"
      note={`${unit}; dealers long calls, short puts; volatilities held`}
      asOf={data?.timestamp}
      {...states}
      empty={states.empty ?? (data?.null_reason ? `No profile: ${words(data.null_reason)}.` : null)}
      table={table}
    >
      {data && <Profile data={data} />}
    </Panel>
  );
}

function Profile({ data }: { readonly data: ExposureProfile }) {
  const format = useFormat();
  const option = useMemo(() => profileOption(data, format), [data, format]);
  const { underlying_price: spot, gamma_flip: flip } = data;
  const label = [
    `Net gamma exposure over ${data.count} levels of the underlying`,
    ...(spot === null ? [] : [`spot ${format.price(spot)}`]),
    flip === null ? 'no gamma flip' : `gamma flip ${format.price(flip)}`,
  ];
  return <Chart label={label.join(', ')} option={option} height={280} />;
}

function profileOption({ levels, underlying_price, gamma_flip }: ExposureProfile, format: Format) {
  const min = levels.at(0)?.level ?? 0;
  const max = levels.at(-1)?.level ?? 0;
  return (tokens: Tokens, width: number) => {
    const marks = placeMarks(
      [
        { name: 'Spot', value: underlying_price, colour: 'accent' },
        { name: 'Flip', value: gamma_flip, colour: 'ink' },
      ],
      min,
      max,
      width,
    );
    return {
      legend: { show: false },
      grid: { right: 24, top: topOf(marks) - 16 },
      xAxis: {
        type: 'value',
        min,
        max,
        splitLine: { show: false },
        axisLabel: { formatter: format.strike, showMinLabel: false, showMaxLabel: false },
        axisPointer: { label: { formatter: ({ value }: { value: number }) => format.price(value) } },
      },
      yAxis: { type: 'value', axisLabel: { formatter: format.figure.money } },
      series: [
        {
          name: 'GEX, net',
          type: 'line',
          showSymbol: false,
          color: tokens.accent,
          areaStyle: { opacity: 0.12 },
          data: levels.map(({ level, gex }) => [level, gex]),
          tooltip: { valueFormatter: (value: unknown) => format.figure.money(Number(value)) },
          markLine: markLines(marks, tokens, format),
        },
      ],
    };
  };
}

import type { ResponseOf, Routes } from '@deltastream/client';
import { useCallback, useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import { useShownChain } from '../../market/market-view.tsx';
import { useMarketQuery } from '../../market/use-market-query.ts';
import { Panel } from '../../panel/panel.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';
import type { Tokens } from '../../style/tokens.ts';

type OiProfile = ResponseOf<Routes['getOiProfile']>;

/** Open interest by strike: calls and puts beside each other. */
export function OiProfilePanel() {
  const shown = useShownChain();
  const { data, error, refetch } = useMarketQuery('getOiProfile', shown);
  const format = useFormat();
  const table = useMemo(
    () =>
      data && {
        caption: `Open interest of ${data.product} by strike, expiry ${format.expiry(data.expiry)}`,
        columns: [
          { title: 'Strike', format: format.strike },
          { title: 'Call open interest, contracts', format: format.figure.contracts },
          { title: 'Put open interest, contracts', format: format.figure.contracts },
        ],
        rows: data.strikes.map(({ strike, call_oi, put_oi }) => [strike, call_oi, put_oi]),
      },
    [data, format],
  );
  return (
    <Panel
      title="Open interest by strike"
      note="contracts"
      asOf={data?.timestamp}
      pending={!data}
      error={error}
      retry={() => void refetch()}
      table={table}
    >
      {data && <Profile data={data} />}
    </Panel>
  );
}

function Profile({ data }: { readonly data: OiProfile }) {
  const format = useFormat();
  const option = useCallback(
    (tokens: Tokens) => ({
      xAxis: { type: 'category', data: data.strikes.map(({ strike }) => format.strike(strike)) },
      yAxis: { type: 'value', axisLabel: { formatter: format.roughly } },
      series: [
        {
          name: 'Calls',
          type: 'bar',
          color: tokens['call-strong'],
          data: data.strikes.map(({ call_oi }) => call_oi),
        },
        {
          name: 'Puts',
          type: 'bar',
          color: tokens['put-strong'],
          data: data.strikes.map(({ put_oi }) => put_oi),
        },
      ],
    }),
    [data, format],
  );
  return (
    <Chart
      label={`Open interest of calls and puts over ${data.count} strikes; put-call ratio ${
        data.pcr_oi === null ? 'none' : format.figure.ratio(data.pcr_oi)
      }`}
      option={option}
    />
  );
}

import { useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import { words } from '../../format/format.ts';
import { useChoice } from '../../panel/choice/choice.tsx';
import { Panel } from '../../panel/panel.tsx';
import { usePanelQuery } from '../../panel/query/use-panel-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { strikeWindow } from '../chain/chain-window.ts';
import { useStrikesChoice } from '../chain/strikes-choice.tsx';
import { useLevels } from '../levels/use-levels.ts';
import { type OiChange, oiProfileLabel, oiProfileOption } from './oi-profile-chart.ts';

const SHOWN = { oi: 'OI', change: 'OI change' } as const;
const WINDOWS = {
  session: 'Session',
  '5m': '5 min',
  '15m': '15 min',
  '30m': '30 min',
  '60m': '60 min',
} as const;

/** Open interest by strike, or what it changed by over a window; spot, money, max pain and walls marked. */
export function OiProfilePanel() {
  const shown = useChoice('oi', 'Open interest or its change', SHOWN);
  const window = useChoice('oi-window', 'Window of the change', WINDOWS);
  const { around, control: strikes } = useStrikesChoice();
  const { data, states } = usePanelQuery('getOiChange', { window: window.value });
  const isChange = shown.value === 'change';
  const baseline = useBaseline(data);
  return (
    <Panel
      title="Open interest by strike"
      note={isChange ? `contracts, ${baseline}` : 'contracts'}
      controls={
        <>
          {shown.buttons}
          {isChange && window.buttons}
          {strikes}
        </>
      }
      asOf={data?.timestamp}
      {...states}
      table={useTable(data)}
    >
      {data && isChange && data.call_oi_change === null && data.put_oi_change === null ? (
        <p className="message">
          No change to show: {words(data.null_reasons.call_oi_change ?? 'not computed')}.
        </p>
      ) : (
        data && <Profile data={data} isChange={isChange} around={around} />
      )}
    </Panel>
  );
}

function useBaseline(data: OiChange | null): string {
  const { timeOfDay } = useFormat();
  if (data?.window === 'session') return 'since the previous close';
  return data?.baseline_timestamp
    ? `since ${timeOfDay(data.baseline_timestamp)}`
    : 'since a snapshot that old';
}

function useTable(data: OiChange | null) {
  const format = useFormat();
  return useMemo(() => {
    if (data === null) return null;
    const { contracts } = format.figure;
    const window = WINDOWS[data.window];
    return {
      caption: `Open interest of ${data.product} by strike, expiry ${format.expiry(data.expiry)}`,
      columns: [
        { title: 'Strike', format: format.strike },
        { title: 'Call OI, contracts', format: contracts },
        { title: 'Put OI, contracts', format: contracts },
        { title: `Call OI change, ${window}`, format: contracts },
        { title: `Put OI change, ${window}`, format: contracts },
      ],
      rows: data.strikes.map(({ strike, call_oi, put_oi, call_oi_change, put_oi_change }) => [
        strike,
        call_oi,
        put_oi,
        call_oi_change,
        put_oi_change,
      ]),
    };
  }, [data, format]);
}

interface ProfileProps {
  readonly data: OiChange;
  readonly isChange: boolean;
  readonly around: number;
}

function Profile({ data, isChange, around }: ProfileProps) {
  const format = useFormat();
  const levels = useLevels();
  const option = useMemo(() => {
    const strikes = data.strikes.map(({ strike }) => strike);
    const [from, to] = strikeWindow({ strikes, atm_strike: levels.atm_strike }, around);
    return oiProfileOption(data.strikes.slice(from, to), isChange, levels, format);
  }, [data, isChange, around, levels, format]);
  return <Chart label={oiProfileLabel(data, isChange, levels, format)} option={option} height={340} />;
}

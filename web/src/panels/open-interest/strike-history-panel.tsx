import { X } from 'lucide-react';
import { useMemo } from 'react';
import type { Series } from '../../charts/series.ts';
import { SeriesChart } from '../../charts/series-chart.tsx';
import type { TimeMark } from '../../charts/time-marks.ts';
import { ActionButton } from '../../form/action-button.tsx';
import { useAddressParameter } from '../../market/address/use-address.ts';
import { useChain } from '../../market/figures/use-chain.ts';
import { useChoice } from '../../panel/choice/choice.tsx';
import { Panel } from '../../panel/panel.tsx';
import { REFRESH_HISTORY_MS, timeColumn, timesOf, useSpan } from '../../panel/query/use-history.tsx';
import { usePanelQuery } from '../../panel/query/use-panel-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { withAlerts } from '../alerts/marks/marked-table.ts';
import { useFiringMarks } from '../alerts/marks/use-firing-marks.ts';
import {
  interestOf,
  MOST_STRIKES,
  readStrikes,
  SIDE_CHOICES,
  type SideChoice,
  type StrikePoint,
  strikeSeries,
} from './strike-series.ts';

/** Open interest of chosen strikes over the day or the week. */
export function StrikeHistoryPanel() {
  const side = useChoice('strike-side', 'Calls, puts or both', SIDE_CHOICES);
  const span = useSpan();
  const [given, choose] = useAddressParameter('oi-strikes', '');
  const listed = useChain().chain?.strikes ?? [];
  const chosen = readStrikes(given, listed);
  const request = span.request && { ...span.request, ...(chosen && { strikes: chosen.join(',') }) };
  const { data, states } = usePanelQuery('getOiByStrike', request, { refreshMs: REFRESH_HISTORY_MS });
  const format = useFormat();
  const shown = useMemo(() => [...new Set(data?.points.map(({ strike }) => strike))], [data]);
  const alerts = useFiringMarks(data?.expiry);
  const table = useMemo(() => {
    if (!data) return data;
    const figures = {
      caption: `Open interest of ${data.product} at ${shown.length} strikes over time`,
      columns: [
        timeColumn(format),
        { title: 'Strike', format: format.strike },
        { title: `${SIDE_CHOICES[side.value]}, contracts`, format: format.figure.contracts },
      ],
      rows: data.points.map((point) => [
        Date.parse(point.timestamp),
        point.strike,
        interestOf(point, side.value),
      ]),
    };
    return withAlerts(figures, timesOf(data.points), alerts);
  }, [data, shown, side.value, alerts, format]);
  return (
    <Panel
      title="Open interest of strikes over time"
      note="contracts"
      controls={
        <>
          <StrikePicker
            shown={chosen ?? shown}
            listed={listed}
            choose={(strikes) => choose(strikes.join(','))}
          />
          {side.buttons}
          {span.buttons}
        </>
      }
      asOf={data?.points.at(-1)?.timestamp}
      {...states}
      table={table}
    >
      {data && <Lines points={data.points} side={side.value} alerts={alerts} />}
    </Panel>
  );
}

interface StrikePickerProps {
  readonly shown: readonly number[];
  readonly listed: readonly number[];
  readonly choose: (strikes: readonly number[]) => void;
}

function StrikePicker({ shown, listed, choose }: StrikePickerProps) {
  const { strike: format } = useFormat();
  const isFull = shown.length >= MOST_STRIKES;
  return (
    <>
      {shown.map((strike) => (
        <ActionButton
          key={strike}
          aria-label={`Remove ${format(strike)}`}
          disabled={shown.length === 1}
          onClick={() => choose(shown.filter((each) => each !== strike))}
        >
          {format(strike)} <X aria-hidden size={12} />
        </ActionButton>
      ))}
      <select
        aria-label="Add a strike"
        value=""
        onChange={({ target }) => choose([...shown, Number(target.value)])}
      >
        <option value="">{isFull ? `At most ${MOST_STRIKES}` : 'Add'}</option>
        {listed
          .filter((strike) => !isFull && !shown.includes(strike))
          .map((strike) => (
            <option key={strike} value={strike}>
              {format(strike)}
            </option>
          ))}
      </select>
    </>
  );
}

const COLOURS = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5'] as const;

interface LinesProps {
  readonly points: readonly StrikePoint[];
  readonly side: SideChoice;
  readonly alerts: readonly TimeMark[];
}

function Lines({ points, side, alerts }: LinesProps) {
  const format = useFormat();
  const series = useMemo(
    (): Series[] =>
      [...strikeSeries(points, side)].map(([strike, line], i) => ({
        name: format.strike(strike),
        kind: 'line',
        colour: COLOURS[i % COLOURS.length],
        dashed: i % 2 === 1,
        format: format.figure.contracts,
        points: line,
      })),
    [points, side, format],
  );
  const names = series.map(({ name }) => name).join(', ');
  return (
    <SeriesChart
      label={`Open interest over time at ${names}: ${SIDE_CHOICES[side]}`}
      series={series}
      alerts={alerts}
      timeZone={format.timeZone}
    />
  );
}

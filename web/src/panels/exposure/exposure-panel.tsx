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
import { type Exposure, exposureLabel, exposureOption, netOf } from './exposure-chart.ts';
import { type ExposureKind, nameOf, useExposureKind, useExposureUnit } from './exposure-kind.tsx';
import { ExposureTotals } from './exposure-totals.tsx';

const MODELS = {
  dealer_short_puts_long_calls: 'Dealers long calls, short puts',
  all_long: 'All long',
} as const;

/** One exposure by strike under a sign model, its totals, walls and the gamma flip. */
export function ExposurePanel() {
  const kind = useExposureKind();
  const model = useChoice('signs', 'Sign model', MODELS);
  const { around, control: strikes } = useStrikesChoice();
  const unit = useExposureUnit(kind.value);
  const { data, states } = usePanelQuery('getExposure', { model: model.value });
  return (
    <Panel
      title="Exposure by strike"
      note={unit}
      controls={
        <>
          {kind.buttons}
          {model.buttons}
          {strikes}
        </>
      }
      asOf={data?.timestamp}
      {...states}
      empty={states.empty ?? (data?.null_reason ? `No exposures: ${words(data.null_reason)}.` : null)}
      table={useTable(data, kind.value, unit)}
    >
      {data && <Content data={data} kind={kind.value} around={around} />}
    </Panel>
  );
}

function useTable(data: Exposure | null, kind: ExposureKind, unit: string) {
  const format = useFormat();
  return useMemo(() => {
    if (data === null) return null;
    const { money } = format.figure;
    return {
      caption: `${nameOf(kind)} of ${data.product} by strike, expiry ${format.expiry(data.expiry)}`,
      columns: [
        { title: 'Strike', format: format.strike },
        { title: `Calls, ${unit}`, format: money },
        { title: `Puts, ${unit}`, format: money },
        { title: `Net, ${unit}`, format: money },
      ],
      rows: data.strikes.map((each) => [
        each.strike,
        each[`${kind}_call`],
        each[`${kind}_put`],
        netOf(each, kind),
      ]),
    };
  }, [data, format, kind, unit]);
}

interface ContentProps {
  readonly data: Exposure;
  readonly kind: ExposureKind;
  readonly around: number;
}

function Content({ data, kind, around }: ContentProps) {
  const format = useFormat();
  const levels = useLevels();
  const option = useMemo(() => {
    const strikes = data.strikes.map(({ strike }) => strike);
    const [from, to] = strikeWindow({ strikes, atm_strike: levels.atm_strike }, around);
    return exposureOption({ ...data, strikes: data.strikes.slice(from, to) }, kind, levels, format);
  }, [data, kind, levels, around, format]);
  return (
    <>
      <ExposureTotals data={data} kind={kind} levels={levels} />
      <Chart label={exposureLabel(data, kind, levels, format)} option={option} height={340} />
    </>
  );
}

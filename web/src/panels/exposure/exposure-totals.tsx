import { FigureList, type ListedFigure } from '../../format/figure-list.tsx';
import { words } from '../../format/format.ts';
import { useChain } from '../../market/figures/use-chain.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import type { Levels } from '../levels/use-levels.ts';
import type { Exposure } from './exposure-chart.ts';
import { type ExposureKind, nameOf } from './exposure-kind.tsx';

interface ExposureTotalsProps {
  readonly data: Exposure;
  readonly kind: ExposureKind;
  readonly levels: Levels;
}

/** The sums over all strikes, and the strikes and prices that gamma exposure stands out at. */
export function ExposureTotals({ data, kind, levels }: ExposureTotalsProps) {
  const format = useFormat();
  const { chain } = useChain();
  const { totals } = data;
  const reason = data.null_reason === null ? 'no exposures' : words(data.null_reason);
  const chainReason = (name: string) => words(chain?.null_reasons[name] ?? 'not computed for this snapshot');
  const { money } = format.figure;
  const figures: ListedFigure[] = [
    { title: `${nameOf(kind)}, net`, value: totals?.[`${kind}_net`] ?? null, format: money, reason },
    { title: `${nameOf(kind)}, gross`, value: totals?.[`${kind}_gross`] ?? null, format: money, reason },
    {
      title: 'Call wall',
      value: data.call_wall_strike,
      format: format.strike,
      reason: 'no strike has a positive net GEX',
    },
    {
      title: 'Put wall',
      value: data.put_wall_strike,
      format: format.strike,
      reason: 'no strike has a negative net GEX',
    },
    {
      title: 'Gamma flip',
      value: levels.gamma_flip,
      format: format.price,
      reason: chainReason('gamma_flip'),
    },
    { title: 'Coverage', value: levels.coverage, format: format.percent, reason: chainReason('coverage') },
  ];
  return <FigureList label={`Totals of ${nameOf(kind)}`} figures={figures} />;
}

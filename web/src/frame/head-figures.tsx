import { CHAIN_FIGURES, type HistoryFigure } from '@deltastream/client';
import { Figure } from '../format/figure.tsx';
import { meaning, words } from '../format/format.ts';
import type { ShownChain } from '../market/figures/use-chain.ts';
import { useFormat } from '../preferences/use-preferences.tsx';

const SHOWN: readonly (readonly [name: HistoryFigure, label: string])[] = [
  ['atm_iv', 'ATM IV'],
  ['pcr_oi', 'PCR'],
  ['max_pain_strike', 'Max pain'],
];

/** The figures that are looked at most, on every page; their room is there before they are. */
export function HeadFigures({ chain, stale }: Pick<ShownChain, 'chain' | 'stale'>) {
  const format = useFormat();
  return (
    <dl className={stale === null ? 'head-figures' : 'head-figures stale'}>
      {SHOWN.map(([name, label]) => {
        const figure = CHAIN_FIGURES[name];
        return (
          <div key={name} title={meaning(figure)}>
            <dt>{label}</dt>
            <dd>
              <Figure
                value={chain?.[name] ?? null}
                format={format.figure[figure.format]}
                reason={chain === null ? 'no chain yet' : words(chain.null_reasons[name] ?? 'not computed')}
              />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

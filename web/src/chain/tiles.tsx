import { CHAIN_FIGURES, type ChainView, type HistoryFigure } from '@deltastream/client';
import type { ReactNode } from 'react';
import { FORMATS, meaning, price, roughly, strike, words } from '../format.ts';
import { Figure } from './figure.tsx';

const NOT_COMPUTED = 'not computed for this snapshot';

interface Tile {
  readonly name: HistoryFigure;
  /** What is said below the number. */
  readonly note: (chain: ChainView) => ReactNode;
}

const TILES: readonly Tile[] = [
  { name: 'pcr_oi', note: ({ total_put_oi, total_call_oi }) => totals(total_put_oi, total_call_oi) },
  {
    name: 'pcr_volume',
    note: ({ total_put_volume, total_call_volume }) => totals(total_put_volume, total_call_volume),
  },
  {
    name: 'max_pain_strike',
    note: (chain) =>
      chain.max_pain_ties.length > 1
        ? `tied with ${chain.max_pain_ties.slice(1).map(strike).join(', ')}`
        : levels(chain),
  },
  {
    name: 'atm_straddle_price',
    note: ({ atm_strike, expected_move }) =>
      [
        ...(atm_strike === null ? [] : [`at ${strike(atm_strike)}`]),
        ...(expected_move === null ? [] : [`1σ move ${price(expected_move)}`]),
      ].join(', '),
  },
  { name: 'atm_iv', note: () => 'annualised' },
  { name: 'forward', note: ({ forward_source }) => forward_source && `from ${words(forward_source)}` },
];

/** The figures of one chain. */
export function Tiles({ chain }: { readonly chain: ChainView }) {
  return (
    <dl className="tiles" aria-label="Figures of the chain">
      {TILES.map(({ name, note }) => {
        const figure = CHAIN_FIGURES[name];
        const value = chain[name];
        const reason = chain.null_reasons[name] ?? NOT_COMPUTED;
        return (
          <div key={name} className="tile" title={meaning(figure)}>
            <dt>{figure.title}</dt>
            <dd>
              <span className="tile-value">
                <Figure value={value} format={FORMATS[figure.format]} reason={reason} />
              </span>
              <span className="tile-note">{value === null ? reason : note(chain)}</span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

const totals = (put: number | null, call: number | null): string | null =>
  put === null || call === null ? null : `${roughly(put)} puts, ${roughly(call)} calls`;

function levels({ support_strike, resistance_strike }: ChainView): string | null {
  if (support_strike === null || resistance_strike === null) return null;
  return `most puts at ${strike(support_strike)}, calls at ${strike(resistance_strike)}`;
}

import './chain.css';
import { CHAIN_FIGURES, type ChainView, type HistoryFigure } from '@deltastream/client';
import { type ReactNode, useMemo } from 'react';
import { Figure } from '../../format/figure.tsx';
import { type Format, meaning, words } from '../../format/format.ts';
import { useChain } from '../../market/figures/use-chain.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { Panel } from '../../panel/panel.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';

const NOT_COMPUTED = 'not computed for this snapshot';

interface Tile {
  readonly name: HistoryFigure;
  /** What is said below the number. */
  readonly note: (chain: ChainView, format: Format) => ReactNode;
}

const TILES: readonly Tile[] = [
  {
    name: 'pcr_oi',
    note: ({ total_put_oi, total_call_oi }, format) => totals(total_put_oi, total_call_oi, format),
  },
  {
    name: 'pcr_volume',
    note: ({ total_put_volume, total_call_volume }, format) =>
      totals(total_put_volume, total_call_volume, format),
  },
  {
    name: 'max_pain_strike',
    note: (chain, format) =>
      chain.max_pain_ties.length > 1
        ? `tied with ${chain.max_pain_ties.slice(1).map(format.strike).join(', ')}`
        : levels(chain, format),
  },
  {
    name: 'atm_straddle_price',
    note: ({ atm_strike, expected_move }, { strike, price }) =>
      [
        ...(atm_strike === null ? [] : [`at ${strike(atm_strike)}`]),
        ...(expected_move === null ? [] : [`1σ move ${price(expected_move)}`]),
      ].join(', '),
  },
  { name: 'atm_iv', note: () => 'annualised' },
  { name: 'forward', note: ({ forward_source }) => forward_source && `from ${words(forward_source)}` },
];

/** The figures of the chain that is shown, live or as of the instant. */
export function FiguresPanel() {
  const { chain, error, stale } = useChain();
  const { product, expiries } = useMarketView();
  const noChain = product !== null && expiries.length === 0;
  const format = useFormat();
  const table = useMemo(
    () =>
      chain && {
        caption: `Figures of ${chain.product}, expiry ${chain.expiry}`,
        columns: [{ title: 'Figure' }, { title: 'Value' }, { title: 'Unit' }],
        rows: TILES.map(({ name }) => [
          CHAIN_FIGURES[name].title,
          chain[name] ?? null,
          CHAIN_FIGURES[name].unit,
        ]),
      },
    [chain],
  );
  return (
    <Panel
      title="Figures of the chain"
      note={chain?.quotes_as_of === null ? 'quotes of unknown age' : undefined}
      asOf={chain?.quotes_as_of}
      stale={stale}
      pending={!chain && !error && !noChain}
      error={chain ? null : error}
      table={table}
      source={chain?.source}
      empty={noChain && !chain ? `No option chain of ${product.product} is stored yet.` : null}
    >
      {chain && (
        <div className="tiles-place">
          <dl className="tiles" aria-label="Figures of the chain">
            {TILES.map(({ name, note }) => {
              const figure = CHAIN_FIGURES[name];
              const value = chain[name];
              const reason = words(chain.null_reasons[name] ?? NOT_COMPUTED);
              return (
                <div key={name} className="tile" title={meaning(figure)}>
                  <dt>{figure.title}</dt>
                  <dd>
                    <span className="tile-value">
                      <Figure value={value} format={format.figure[figure.format]} reason={reason} />
                    </span>
                    <span className="tile-note">{value === null ? reason : note(chain, format)}</span>
                  </dd>
                </div>
              );
            })}
          </dl>
        </div>
      )}
    </Panel>
  );
}

const totals = (put: number | null, call: number | null, { roughly }: Format): string | null =>
  put === null || call === null ? null : `${roughly(put)} puts, ${roughly(call)} calls`;

function levels({ support_strike, resistance_strike }: ChainView, { strike }: Format): string | null {
  if (support_strike === null || resistance_strike === null) return null;
  return `most puts at ${strike(support_strike)}, calls at ${strike(resistance_strike)}`;
}

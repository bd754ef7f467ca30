import type { ChainView } from '@deltastream/client';
import type { ReactNode } from 'react';
import { Figure } from './figure.tsx';
import { price, ratio, roughly, strike, volatility, words } from './format.ts';

const NOT_COMPUTED = 'not computed for this snapshot';

interface TileProps {
  readonly label: string;
  readonly value: number | null;
  readonly format: (value: number) => string;
  readonly reason: string | undefined;
  readonly children?: ReactNode;
}

function Tile({ label, value, format, reason = NOT_COMPUTED, children }: TileProps) {
  return (
    <div className="tile">
      <dt>{label}</dt>
      <dd>
        <span className="tile-value">
          <Figure value={value} format={format} reason={reason} />
        </span>
        <span className="tile-note">{value === null ? reason : children}</span>
      </dd>
    </div>
  );
}

const totals = (put: number | null, call: number | null): string | null =>
  put === null || call === null ? null : `${roughly(put)} puts, ${roughly(call)} calls`;

/** The figures of one chain. */
export function Tiles({ chain }: { readonly chain: ChainView }) {
  const why = chain.null_reasons;
  return (
    <dl className="tiles" aria-label="Figures of the chain">
      <Tile label="PCR, open interest" value={chain.pcr_oi} format={ratio} reason={why.pcr_oi}>
        {totals(chain.total_put_oi, chain.total_call_oi)}
      </Tile>
      <Tile label="PCR, volume" value={chain.pcr_volume} format={ratio} reason={why.pcr_volume}>
        {totals(chain.total_put_volume, chain.total_call_volume)}
      </Tile>
      <Tile label="Max pain" value={chain.max_pain_strike} format={strike} reason={why.max_pain_strike}>
        {chain.max_pain_ties.length > 1
          ? `tied with ${chain.max_pain_ties.slice(1).map(strike).join(', ')}`
          : levels(chain)}
      </Tile>
      <Tile
        label="ATM straddle"
        value={chain.atm_straddle_price}
        format={price}
        reason={why.atm_straddle_price}
      >
        {chain.atm_strike !== null && `at ${strike(chain.atm_strike)}`}
        {chain.expected_move !== null && `, 1σ move ${price(chain.expected_move)}`}
      </Tile>
      <Tile label="ATM IV" value={chain.atm_iv} format={volatility} reason={why.atm_iv}>
        annualised
      </Tile>
      <Tile label="Forward" value={chain.forward} format={price} reason={why.forward}>
        {chain.forward_source && `from ${words(chain.forward_source)}`}
      </Tile>
    </dl>
  );
}

function levels({ support_strike, resistance_strike }: ChainView): string | null {
  if (support_strike === null || resistance_strike === null) return null;
  return `most puts at ${strike(support_strike)}, calls at ${strike(resistance_strike)}`;
}

import { column, type EnrichedChain, type Side } from '@deltastream/contracts';
import { surfacePoints } from '../surface-slice.ts';

/** What a curve is fitted to: the out-of-the-money volatilities of one expiry and their quotes, as columns to send. */
export interface SmileQuotes {
  readonly forward: number;
  readonly yearFraction: number;
  readonly discountFactor: number;
  readonly atmIv: number | null;
  /** Step of the prices; 0 where it is not known. */
  readonly tick: number;
  /** Ascending. */
  readonly strikes: Float64Array;
  readonly sides: Int8Array;
  readonly ivs: Float64Array;
  readonly bids: Float64Array;
  readonly asks: Float64Array;
}

/** Null for a chain without a forward. */
export function smileQuotes(chain: EnrichedChain): SmileQuotes | null {
  const { forward, year_fraction, rate, atm_iv } = chain.summary;
  if (forward === null) return null;
  const { rows, strikes, iv, sides } = surfacePoints(chain);
  const cells = (name: 'bid' | 'ask') => {
    const of = { call: column(chain.columns, `call_${name}`), put: column(chain.columns, `put_${name}`) };
    return Float64Array.from(rows, (row, i) => of[sides[i]][row]);
  };
  return {
    forward,
    yearFraction: year_fraction,
    discountFactor: Math.exp(-rate * year_fraction),
    atmIv: atm_iv,
    tick: chain.price_tick ?? 0,
    strikes: Float64Array.from(strikes),
    sides: Int8Array.from(sides, signOf),
    ivs: Float64Array.from(iv),
    bids: cells('bid'),
    asks: cells('ask'),
  };
}

export const signOf = (side: Side): 1 | -1 => (side === 'call' ? 1 : -1);

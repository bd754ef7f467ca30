import type { ChainColumns } from '@deltastream/contracts';
import { contractExpiry, type Listing } from '@deltastream/reference';
import type { Lot } from './lots.ts';
import type { ChainReading } from './reading.ts';

/** One chain of a snapshot; prices in the listing's currency, amounts in contracts of `lot`. */
export interface SnapshotChain {
  readonly listing: Listing;
  /** 'YYYY-MM-DD' where the exchange is. */
  readonly expiry: string;
  readonly timestamp: number;
  /** Not above 0 (NaN included): not given. */
  readonly spot: number;
  /** As `spot`. */
  readonly future?: number;
  readonly lot: Lot;
  readonly columns: ChainColumns;
  /** `session` by default. */
  readonly volume?: ChainReading['volume'];
}

/** A chain as a reading, with the instant at which its contracts cease. */
export function chainReading(chain: SnapshotChain): ChainReading {
  const { listing, expiry, timestamp, lot, columns, volume = 'session' } = chain;
  const { symbol, exchange, currency, priceTick } = listing;
  return {
    kind: 'chain',
    exchange,
    volume,
    chain: {
      product: symbol,
      expiry,
      expiry_at: contractExpiry(listing, expiry),
      timestamp,
      currency,
      spot: givenPrice(chain.spot),
      future: givenPrice(chain.future ?? Number.NaN),
      lot_size: lot.size,
      price_tick: priceTick,
      quality: [...lot.quality],
      columns,
    },
  };
}

const givenPrice = (price: number): number | null => (price > 0 ? price : null);

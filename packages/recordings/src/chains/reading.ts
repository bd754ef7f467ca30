import { type Exchange, type Listing, spotIsFrozen } from '@deltastream/reference';
import type { RejectedItem, UnstampedChain, UnstampedTick, Where } from '../source.ts';
import { BadCell } from '../tables/cells.ts';

/** A chain as one recording gives it, before it is compared with the chain before it. */
export interface ChainReading {
  readonly kind: 'chain';
  readonly chain: UnstampedChain;
  /** Null where the recording has the flags of its chains, those that need the chains before among them. */
  readonly exchange: Exchange | null;
  /** Volume since the session's opening, or over the last 24 hours. */
  readonly volume: 'session' | 'rolling';
  /** Where it stood among the messages of its feed; without one it is numbered as it is read. */
  readonly place?: MessagePlace;
}

/** The place of a message that a feed published once, in its run. */
export interface MessagePlace {
  readonly epoch: string;
  readonly seq: number;
}

export interface TickReading {
  readonly kind: 'tick';
  readonly tick: UnstampedTick;
  /** As of a chain. */
  readonly place?: MessagePlace;
}

export type Reading = ChainReading | TickReading | RejectedItem;

/** The price of an underlying that a snapshot shows, flagged where it stands still; null when it shows none. */
export function spotTick(
  { symbol, currency, exchange, kind }: Pick<Listing, 'symbol' | 'currency' | 'exchange' | 'kind'>,
  timestamp: number,
  price: number,
  previousClose: number | null = null,
): TickReading | null {
  if (!(price > 0)) return null;
  return {
    kind: 'tick',
    tick: {
      product: symbol,
      timestamp,
      currency,
      price,
      previous_close: previousClose,
      quality: spotIsFrozen({ exchange, kind }, timestamp) ? ['spot_frozen'] : [],
    },
  };
}

/** The rejected item of a BadCell; anything else is a defect and is thrown on. */
export function rejected(error: unknown, where: Where): RejectedItem {
  if (!(error instanceof BadCell)) throw error;
  return { kind: 'rejected', rejection: error.rejection, where, reason: error.message };
}

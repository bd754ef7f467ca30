import type { InstrumentId, InstrumentList } from '../instrument.ts';
import type { InstrumentQuote } from '../meaning.ts';

/** What a simulator plays: the listed contracts and how their quotes change, from a recording or the synthetic market. */
export interface SimulatedMarket {
  readonly list: InstrumentList;
  /** The newest quote of an instrument, complete (`complete`); null for one that is not listed. */
  quoteOf(id: InstrumentId): InstrumentQuote | null;
  /** Calls `changed` with the ids whose quotes changed since the last call; returns how to stop. */
  follow(changed: (ids: readonly InstrumentId[]) => void): () => void;
}

/** What can be made to go wrong, for a while or for one connection. */
export type Fault =
  /** Sockets stay open and nothing is sent, heartbeats neither. */
  | { readonly kind: 'silence' }
  /** Subscriptions are accepted, heartbeats come, quotes do not. */
  | { readonly kind: 'mute' }
  /** Each message is cut in the middle. */
  | { readonly kind: 'half_frames' }
  /** Each quote is sent twice. */
  | { readonly kind: 'duplicates' }
  /** Quotes are sent again so many ms after newer ones. */
  | { readonly kind: 'late'; readonly byMs: number }
  /** Login is refused as with an expired token, and connections end. */
  | { readonly kind: 'token_expired' }
  /** Every connection is cut each so many ms. */
  | { readonly kind: 'disconnects'; readonly everyMs: number }
  /** A message takes so many ms to arrive, byte after byte. */
  | { readonly kind: 'slow_drip'; readonly overMs: number }
  /** A subscription of more instruments than allowed is refused. */
  | { readonly kind: 'oversize_refused' }
  /** All prices and open interests are 0. */
  | { readonly kind: 'zeros' }
  /** Quotes of instruments that nobody subscribed are sent. */
  | { readonly kind: 'wrong_instrument' };

/** A venue's servers on this machine, speaking its real bytes. */
export interface Simulator {
  /** `http://127.0.0.1:PORT`; the WebSocket is on the same port. */
  readonly url: string;
  /** What is going wrong from now on; null: nothing. */
  fault(fault: Fault | null): void;
  /** Sockets that are open. */
  connections(): number;
  /** Of each connection, the instruments subscribed at present. */
  subscriptions(): readonly ReadonlyMap<InstrumentId, number>[];
  close(): Promise<void>;
}

import type { InstrumentId, InstrumentList, OptionInstrument } from './instrument.ts';
import type { Completion, QuoteSink } from './meaning.ts';
import type { WireProtocol } from './wire-protocol.ts';

/** Which options are followed. */
export interface Selection {
  /** Symbols as listed here, such as `BTC` or `NIFTY`. */
  readonly products: readonly string[];
  /** So many nearest expiries of a product, or all. */
  readonly expiries: number | 'all';
  /** So many strikes on each side of the forward, or all. The window moves with hysteresis (book/strike-window.ts). */
  readonly strikes: number | 'all';
}

/** A request that is made again and again: quotes without a WebSocket, or what a WebSocket leaves out (open interest). */
export interface Poll {
  readonly name: string;
  /** Time between the beginnings of two requests, ms; never less. */
  readonly intervalMs: number;
  /** What is asked for, for these options; quotes go to the sink. Rejects with a PollFailure or a reason. */
  run(options: readonly OptionInstrument[], sink: QuoteSink, signal: AbortSignal): Promise<void>;
}

/** What a venue answered to a request instead of data. */
export class PollFailure extends Error {
  /** Wait at least so long, ms, before the next one. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'PollFailure';
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The venue does not accept our credentials: rejected with by `address`, `instruments` and `run`. Nothing is tried before
 * `lastRetryMs` are over.
 */
export class CredentialsRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CredentialsRefused';
  }
}

/** How quotes come of a venue that gives pages when it is asked, and later than they were made. */
export interface DelayedQuotes {
  /** Longest time between two pages with a product, ms. */
  intervalMs(product: string): number;
  /** The quotes of a page are older than the page by so long, ms. Their own time is that of chains and sessions. */
  readonly delayMs: number;
}

/**
 * A live market, as one connector describes it: what is listed, how its messages are read, what it allows. Everything that is
 * the same for all venues (connecting, watching, pacing, the chain book) is done for it; it is proved by the behaviour suite
 * `venue.contract.ts` against its simulator.
 */
export interface Venue {
  /** As in `source` of chains: `deribit`, `kite`. */
  readonly name: string;
  /** What is listed of these products now. Rejects with a reason for the log. */
  instruments(products: readonly string[], signal: AbortSignal): Promise<InstrumentList>;
  /**
   * What its own list says to its messages, of a list that was kept: it is followed where the venue cannot be asked. Absent where
   * the list says nothing to them.
   */
  restore?(list: InstrumentList): void;
  /**
   * What a request said before, where messages that were kept are read again. Absent where messages are read by themselves: what
   * `QuoteSink.completes` is told by a poll is given back here.
   */
  complete?(id: InstrumentId, by: Completion): void;
  /** The instruments to subscribe for these options, their underlyings and futures: in the order of importance. */
  subscriptions(list: InstrumentList, options: readonly OptionInstrument[]): readonly InstrumentId[];
  readonly wire: WireProtocol | null;
  readonly polls: readonly Poll[];
  /** `session`: volume starts again each session and never falls in it; `rolling`: it is of the last 24 hours. */
  readonly volume: 'session' | 'rolling';
  /** Absent: quotes come as they happen. */
  readonly delayed?: DelayedQuotes;
}

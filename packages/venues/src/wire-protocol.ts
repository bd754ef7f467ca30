import type { InstrumentId } from './instrument.ts';
import type { QuoteSink } from './meaning.ts';

/** A message of a WebSocket: text or binary. */
export type WireMessage = string | Uint8Array;

/** What a venue allows, so that it is never exceeded. A connection that needs more opens another, up to `connections`. */
export interface WireLimits {
  readonly connections: number;
  readonly instrumentsPerConnection: number;
  readonly instrumentsPerMessage: number;
  /** Messages sent per second, and how many at once after a pause. */
  readonly messagesPerSecond: number;
  readonly burst: number;
  /** Size of a received message in bytes, above which the connection is closed. */
  readonly maxMessageBytes: number;
}

/** Times in ms, of a monotonic clock. */
export interface WireTimes {
  /** Nothing at all received for so long, heartbeats included: the connection is dead. */
  readonly silenceMs: number;
  /** No quote received for so long while the market is open: it is connected but mute, and connected anew. */
  readonly stallMs: number;
  /** A ping of WebSocket is sent so often; 0: the venue has heartbeats of its own. */
  readonly pingMs: number;
  /** Longest time for connecting and for login. */
  readonly connectMs: number;
  /** Wait before connecting again: doubled from the first to the last, with jitter. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

/** What a session does after a message, apart from quotes that went to the sink. */
export type WireEvent =
  /** Login is done, subscriptions can be sent. A protocol without login says so from `opened`. */
  | { readonly kind: 'ready' }
  /** These are subscribed; what was asked and is not among them after a while is asked again. */
  | { readonly kind: 'subscribed'; readonly ids: readonly InstrumentId[] }
  /** The venue does not know or give these; they are not asked again on this connection. */
  | { readonly kind: 'refused'; readonly ids: readonly InstrumentId[]; readonly reason: string }
  /** The connection cannot go on: it is closed and connected anew, after at least `retryAfterMs`. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number }
  /** Keys are not accepted: nothing is tried before new ones are there, except once in `lastRetryMs`. */
  | { readonly kind: 'credentials'; readonly reason: string }
  /** The venue is alive; counts against silence, not against a stall. */
  | { readonly kind: 'alive' };

export interface WireAddress {
  readonly url: string;
  /** May hold credentials: never logged, nor is the query of the address. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A redirect to another server ends the connection: what is said over it holds credentials. */
  readonly staysOnServer?: boolean;
}

/**
 * How one connection of a venue's WebSocket speaks. It holds the state of that connection alone; it has no timer, no socket
 * and no clock: the session (connection/wire/wire-session.ts) owns those, keeps the list of what is wanted, and sends it again
 * after every reconnect.
 */
export interface WireConversation {
  /** Sent as soon as the connection is open, such as a login. */
  opened(): { readonly send: readonly WireMessage[]; readonly ready: boolean };
  /** One message for at most `instrumentsPerMessage`, or several that belong together, such as Kite's subscribe and mode. */
  subscribe(ids: readonly InstrumentId[]): readonly WireMessage[];
  unsubscribe(ids: readonly InstrumentId[]): readonly WireMessage[];
  /** Reads a message. Quotes go to the sink; `reply` sends at once, such as the answer to a heartbeat. Never throws. */
  receive(message: WireMessage, sink: QuoteSink, reply: (message: WireMessage) => void): readonly WireEvent[];
}

/** A venue's WebSocket as a connector declares it. */
export interface WireProtocol {
  readonly limits: WireLimits;
  readonly times: WireTimes;
  /** The address of a new connection; asked anew for each, as some are good once. Rejects with a reason for the log. */
  address(signal: AbortSignal): Promise<WireAddress>;
  converse(): WireConversation;
}

import type { IncomingHttpHeaders } from 'node:http';
import type { InstrumentId } from '../instrument.ts';
import type { InstrumentQuote } from '../meaning.ts';
import type { WireMessage } from '../wire-protocol.ts';
import type { SimulatedMarket } from './simulator.ts';

/** A request of HTTP, or of an upgrade to a WebSocket, as a venue's simulator reads it. */
export interface SimulatedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  /** What is true at the venue at present; the fault `zeros` is in its quotes already. */
  readonly market: SimulatedMarket;
  /** Every token counts as expired: the venue refuses as it does then. */
  readonly tokenExpired: boolean;
}

export interface SimulatedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The other end of one WebSocket, as its conversation uses it. */
export interface SimulatedPeer {
  /** What is true at the venue at present, as in a request. */
  readonly market: SimulatedMarket;
  /** Sends at once. */
  send(message: WireMessage): void;
  /**
   * Notes that the client subscribed these, once more each, and sends nothing. Under `oversize_refused` more than the
   * server's limits are refused: false, nothing is noted, and the conversation says so as its venue does.
   */
  subscribe(ids: readonly InstrumentId[]): boolean;
  unsubscribe(ids: readonly InstrumentId[]): void;
  /** Sends the present quotes of those of these that are subscribed, as `quotes(..., 'snapshot')`. */
  push(ids: readonly InstrumentId[]): void;
  /** Sends `heartbeat()` of the conversation so often, ms, until the end; 0: no more. */
  heartbeatEvery(ms: number): void;
  /** Closes the WebSocket with what was sent so far delivered. */
  close(code: number, reason: string): void;
}

/** How a venue speaks over one WebSocket. It has no timer and no socket: the server has those. */
export interface SimulatedConversation {
  /** Sent as soon as the connection is open. */
  opened?(): readonly WireMessage[];
  /** Reads a message of the client. What is thrown closes the connection with its message as the reason. */
  receive(message: WireMessage): void;
  /**
   * Quotes as messages: `snapshot` after a subscription, `change` afterwards. Each is complete, is read at once, and is
   * overwritten afterwards. Under `wrong_instrument` there are some that nobody subscribed.
   */
  quotes(quotes: readonly InstrumentQuote[], reason: 'snapshot' | 'change'): readonly WireMessage[];
  heartbeat?(): readonly WireMessage[];
  /** Contracts that began to be listed, whether subscribed or not, where the venue says so. */
  listed?(ids: readonly InstrumentId[]): readonly WireMessage[];
  /** Contracts that ended, whether subscribed or not, where the venue says so. */
  ended?(ids: readonly InstrumentId[]): readonly WireMessage[];
  /** What the venue says when the token expires, before it closes the connection. Without it, it is closed with 1008. */
  expired?(): { readonly send: readonly WireMessage[]; readonly code: number; readonly reason: string };
  /** The connection ended. */
  closed?(): void;
}

/** A venue's servers, as its simulator gives them to {@link startVenueServer}. */
export interface SimulatedVenue {
  respond(request: SimulatedRequest): SimulatedResponse | Promise<SimulatedResponse>;
  /** A WebSocket is asked for: how it will speak, or with what it is refused. Absent: the venue has none. */
  connect?(request: SimulatedRequest): ((peer: SimulatedPeer) => SimulatedConversation) | SimulatedResponse;
}

/** What a venue allows of subscriptions, which is enforced under the fault `oversize_refused`. */
export interface SimulatedLimits {
  readonly instrumentsPerMessage: number;
  readonly instrumentsPerConnection: number;
}

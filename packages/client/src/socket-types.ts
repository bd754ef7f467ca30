import type { ChainView, ErrorCode, PriceUpdate, SubscriptionRequest } from '@deltastream/contracts';

export interface SocketOptions {
  /** Origin of the gateway, e.g. `http://localhost:8000`; in a browser '' is the page's own origin. */
  readonly url: string;
  readonly path?: string;
  readonly token?: string;
  /** WebSocket first by default. */
  readonly transports?: ('websocket' | 'polling')[];
  /** Time within which the server must answer a request; 10,000 ms. */
  readonly timeoutMs?: number;
  /** Pause before a refused re-subscription is tried again; 1,000 ms. */
  readonly retryMs?: number;
  /** Longest pause between attempts to reconnect; 5,000 ms. */
  readonly reconnectMaxMs?: number;
}

/** `closed` is final: by `close()`, or because the server cut this client for what it sent. */
export type ConnectionState = 'connecting' | 'connected' | 'closed';

/** What a subscription delivers, by the kind of room. */
export type UpdateOf<R extends SubscriptionRequest> = R extends { type: 'product' } ? PriceUpdate : ChainView;

/** The newest state when the subscription began; null, or an empty list, before the first message. */
export type SnapshotOf<R extends SubscriptionRequest> = R extends { type: 'product' }
  ? PriceUpdate | null
  : R extends { expiry: string }
    ? ChainView | null
    : 'expiry' extends keyof R
      ? ChainView[] | ChainView | null
      : ChainView[];

export interface Followed<R extends SubscriptionRequest> {
  readonly snapshot: SnapshotOf<R>;
  /** Idempotent; also allowed while the connection is away. */
  unsubscribe(): void;
}

export interface SocketConnection {
  readonly state: ConnectionState;
  /** Calls the listener now and at every change; the answer stops that. */
  onState(listener: (state: ConnectionState) => void): () => void;
  /**
   * Follows a room. `onUpdate` gets every update after the snapshot, in order and once. After a
   * reconnect it gets the new snapshot and then what follows that: updates of the time in between are
   * not delivered again, but the last call is always the newest state. Rejects with `SubscriptionError`.
   */
  subscribe<const R extends SubscriptionRequest>(
    request: R,
    onUpdate: (update: UpdateOf<R>) => void,
  ): Promise<Followed<R>>;
  /** Symbols that can be subscribed to now. */
  products(): Promise<string[]>;
  close(): void;
}

/** A request that the server refused, or did not answer (`timeout`). */
export class SubscriptionError extends Error {
  override readonly name = 'SubscriptionError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

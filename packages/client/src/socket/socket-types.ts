import type {
  AlertUpdate,
  BarUpdate,
  ChainSummaryView,
  ChainView,
  ErrorCode,
  ExposureView,
  FiguresView,
  Gap,
  MarketStatus,
  MarketSummary,
  OwnAlertUpdate,
  PriceUpdate,
  ReplayState,
  SubscriptionRequest,
  SurfaceUpdate,
} from '@deltastream/contracts';

export interface SocketOptions {
  /** Origin of the gateway, e.g. `http://localhost:8000`; in a browser '' is the page's own origin. */
  readonly url: string;
  readonly path?: string;
  /** Access token or API key, or where to find it at each connect. */
  readonly token?: string | (() => string | null);
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

/** What to follow; `trace: true` for the trace of each update. Where to resume is this client's own business. */
export type FollowRequest = SubscriptionRequest extends infer R
  ? R extends unknown
    ? Omit<R, 'resume' | 'traceparent'>
    : never
  : never;

/** With the `traceparent` (W3C Trace Context) of the message behind it, where that was asked for and there is one. */
export type Traced<View> = View & { readonly traceparent?: string };

interface UpdatesByType {
  product: PriceUpdate;
  chain: Traced<ChainView>;
  summary: Traced<ChainSummaryView>;
  figures: Traced<FiguresView>;
  exposure: Traced<ExposureView>;
  bars: BarUpdate;
  surface: SurfaceUpdate;
  alerts: AlertUpdate;
  own_alerts: OwnAlertUpdate;
}

/** What a subscription delivers, by the kind of room. */
export type UpdateOf<R extends FollowRequest> = UpdatesByType[R['type']];

/** The newest state when the subscription began; null, or an empty list, before the first message. */
export type SnapshotOf<R extends FollowRequest> = R['type'] extends 'product' | 'surface'
  ? UpdateOf<R> | null
  : R['type'] extends 'bars' | 'alerts' | 'own_alerts'
    ? UpdateOf<R>[]
    : R extends { expiry: string }
      ? UpdateOf<R> | null
      : 'expiry' extends keyof R
        ? UpdateOf<R>[] | UpdateOf<R> | null
        : UpdateOf<R>[];

export interface Followed<R extends FollowRequest> {
  readonly snapshot: SnapshotOf<R>;
  /** Idempotent; also allowed while the connection is away. */
  unsubscribe(): void;
}

/**
 * How what was delivered stands to a room: `current` once the server has said so on this connection; `empty` where it
 * has nothing of the room, as after a restart, so that what was delivered before is of it no more; `unknown` while the
 * connection is away, or the room is asked for anew.
 */
export type RoomStanding = 'current' | 'empty' | 'unknown';

export interface FollowOptions {
  /** Told of messages that are missing for good; the state goes on from what is there. */
  readonly onGap?: (gap: Gap) => void;
  /** Told at every change after the first response, behind the updates that led to it. */
  readonly onStanding?: (standing: RoomStanding) => void;
  /** The trace that the subscription is part of (W3C Trace Context); not sent when a room is resumed. */
  readonly traceparent?: string;
}

/** What every connection gets. */
export interface GeneralEvents {
  market_status: MarketStatus;
  market_summary: MarketSummary;
  /** How a replay stands, which may have rooms in the place of the live market. */
  replay_state: ReplayState;
}

export interface SocketConnection {
  readonly state: ConnectionState;
  /** Calls the listener now and at every change; what it returns stops that. */
  onState(listener: (state: ConnectionState) => void): () => void;
  /** Calls the listener at every such event; what it returns stops that. */
  on<E extends keyof GeneralEvents>(event: E, listener: (payload: GeneralEvents[E]) => void): () => void;
  /**
   * Follows a room. `onUpdate` gets every update after the snapshot, in order and once; a chain is complete
   * also in the mode `delta`. After a reconnect the room is resumed: `onUpdate` gets what was missed, or,
   * where the server cannot give that, a gap is told and the new snapshot delivered. A room is followed
   * with one set of options at a time. Rejects with `SubscriptionError`.
   */
  subscribe<const R extends FollowRequest>(
    request: R,
    onUpdate: (update: UpdateOf<R>) => void,
    options?: FollowOptions,
  ): Promise<Followed<R>>;
  /**
   * The same as an asynchronous sequence, the snapshot first. A reader that is slower than the stream gets
   * the newest `keep` updates (100), older ones are left out. Ends with `signal`, with `break`, and when the
   * connection is closed.
   */
  follow<const R extends FollowRequest>(
    request: R,
    options?: FollowOptions & { readonly signal?: AbortSignal; readonly keep?: number },
  ): AsyncGenerator<UpdateOf<R>, void, undefined>;
  /** Symbols that can be subscribed to now. */
  products(): Promise<string[]>;
  /** A newer access token of the session; used at reconnects, too, unless `token` is a function. Rejects with `SubscriptionError`. */
  authenticate(token: string): Promise<void>;
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

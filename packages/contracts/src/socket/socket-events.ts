import Type, { type Static } from 'typebox';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { ExpiryDate } from '../market/chain.ts';
import { LINE_KINDS, SenderName } from '../market/quoted-json.ts';
import { ChainSummaryView, ChainView, IsoTime } from '../market/views.ts';
import { ReplayState } from '../platform/replay.ts';
import { IngestReport } from '../routes/ingest.ts';
import { ReplayCommand } from '../routes/operations/replay.ts';
import { nullable } from '../schemas/nullable.ts';
import {
  AlertUpdate,
  BarUpdate,
  ChainSummaryUpdate,
  ChainUpdate,
  ExposureUpdate,
  ExposureView,
  FiguresUpdate,
  FiguresView,
  Gap,
  MarketStatus,
  MarketSummary,
  OwnAlertUpdate,
  PriceUpdate,
  SurfaceUpdate,
} from './socket-updates.ts';
import { CHAIN_MODES, StrikeWindow, SubscriptionRequest, Traceparent } from './subscription.ts';

export const SocketError = Type.Object({
  code: Type.Enum(Object.keys(ERRORS) as ErrorCode[]),
  message: Type.String(),
});
export type SocketError = Static<typeof SocketError>;

const Refused = Type.Object({ ok: Type.Literal(false), error: SocketError });
export type Refused = Static<typeof Refused>;

/** The latest state a subscriber starts from; null, or an empty list, where nothing has been seen yet. */
export const RoomSnapshot = Type.Union([
  PriceUpdate,
  ChainView,
  Type.Array(ChainView),
  ChainSummaryView,
  Type.Array(ChainSummaryView),
  FiguresView,
  Type.Array(FiguresView),
  ExposureView,
  Type.Array(ExposureView),
  Type.Array(BarUpdate),
  SurfaceUpdate,
  Type.Array(AlertUpdate),
  Type.Array(OwnAlertUpdate),
  Type.Null(),
]);
export type RoomSnapshot = Static<typeof RoomSnapshot>;

export const RoomUpdate = Type.Union([
  PriceUpdate,
  ChainUpdate,
  ChainSummaryUpdate,
  FiguresUpdate,
  ExposureUpdate,
  BarUpdate,
  SurfaceUpdate,
  AlertUpdate,
  OwnAlertUpdate,
]);
export type RoomUpdate = Static<typeof RoomUpdate>;

/**
 * What a subscription is and where it starts. After a `resume` that succeeded `resumed` is true, `snapshot`
 * null and `missed` holds what came in between, in order; otherwise the snapshot is the start.
 */
export const Subscribed = Type.Object({
  ok: Type.Literal(true),
  room: Type.String(),
  epoch: nullable(Type.String()),
  seq: nullable(
    Type.Integer({ description: 'Position of the start; resume from here or from a later update' }),
  ),
  interval_ms: Type.Integer({ description: 'As granted' }),
  mode: Type.Optional(Type.Enum([...CHAIN_MODES])),
  strikes: Type.Optional(StrikeWindow),
  resumed: Type.Boolean(),
  snapshot: RoomSnapshot,
  missed: Type.Optional(Type.Array(RoomUpdate)),
  expiries: Type.Optional(
    Type.Array(ExpiryDate, {
      description:
        'In a room of all expiries, those the server has. It may have been there longer than the one before: a client ' +
        'that resumes and lacks one asks again without `resume`.',
    }),
  ),
});
export type Subscribed = Static<typeof Subscribed>;
export type SubscriptionResponse = Subscribed | Refused;

const Unsubscribed = Type.Object({ ok: Type.Literal(true), room: Type.String() });
export type UnsubscriptionResponse = Static<typeof Unsubscribed> | Refused;

const Authenticated = Type.Object({ ok: Type.Literal(true) });
export type AuthenticationResponse = Static<typeof Authenticated> | Refused;

const Products = Type.Object({ ok: Type.Literal(true), products: Type.Array(Type.String()) });
export type ProductsResponse = Static<typeof Products>;

const Pong = Type.Object({ ok: Type.Literal(true), timestamp: IsoTime });
export type Pong = Static<typeof Pong>;

const Hello = Type.Object({ id: Type.String(), server_time: IsoTime });
export type Hello = Static<typeof Hello>;

/** Lines of a feed, as many as a message of the socket may hold. */
export const IngestRequest = Type.Object(
  {
    kind: Type.Enum([...LINE_KINDS]),
    lines: Type.Array(Type.Object({}), {
      minItems: 1,
      description: 'As those of POST /api/ingest/KIND; each is validated for itself',
    }),
    source: Type.Optional(SenderName),
    traceparent: Type.Optional(Traceparent),
  },
  { additionalProperties: false },
);
export type IngestRequest = Static<typeof IngestRequest>;

const Ingested = Type.Object({ ok: Type.Literal(true), ...IngestReport.properties });
export type IngestResponse = Static<typeof Ingested> | Refused;

/** The same as of the route, in a trace. */
export const SocketReplayCommand = Type.Object(
  { ...ReplayCommand.properties, traceparent: Type.Optional(Traceparent) },
  { additionalProperties: false },
);
export type SocketReplayCommand = Static<typeof SocketReplayCommand>;

const ReplayTold = Type.Object({ ok: Type.Literal(true) });
export type ReplayResponse = Static<typeof ReplayTold> | Refused;

export interface ClientToServerEvents {
  subscribe(request: SubscriptionRequest, ack?: (response: SubscriptionResponse) => void): void;
  unsubscribe(request: SubscriptionRequest, ack?: (response: UnsubscriptionResponse) => void): void;
  get_products(ack?: (response: ProductsResponse) => void): void;
  ping(ack?: (response: Pong) => void): void;
  /** Quotes of a feed. */
  ingest(request: IngestRequest, ack?: (response: IngestResponse) => void): void;
  /** What the replay shall do. */
  replay(command: SocketReplayCommand, ack?: (response: ReplayResponse) => void): void;
  /** A newer access token of the same session, before the one the connection began with expires. */
  authenticate(token: string, ack?: (response: AuthenticationResponse) => void): void;
}

export interface ServerToClientEvents {
  connected(hello: Hello): void;
  subscribed(response: Subscribed): void;
  unsubscribed(response: { room: string }): void;
  products(response: ProductsResponse): void;
  pong(response: Pong): void;
  price_update(update: PriceUpdate): void;
  chain_update(update: ChainUpdate): void;
  chain_summary(update: ChainSummaryUpdate): void;
  figures_update(update: FiguresUpdate): void;
  exposure_update(update: ExposureUpdate): void;
  bar_update(update: BarUpdate): void;
  surface_update(update: SurfaceUpdate): void;
  alert(alert: AlertUpdate): void;
  alert_fired(firing: OwnAlertUpdate): void;
  gap(gap: Gap): void;
  market_status(status: MarketStatus): void;
  market_summary(summary: MarketSummary): void;
  replay_state(state: ReplayState): void;
  error(error: SocketError): void;
}

interface SocketEvent {
  readonly from: 'client' | 'server';
  readonly description: string;
  /** What the event carries; null for nothing. */
  readonly payload: Type.TSchema | null;
  /** What the ack callback gets. */
  readonly response?: Type.TSchema;
}

const orRefused = (response: Type.TSchema) => Type.Union([response, Refused]);
const fromServer = (payload: Type.TSchema, description: string): SocketEvent => ({
  from: 'server',
  description,
  payload,
});

/** Every event of the socket protocol: the source of validation, documentation and the generated AsyncAPI. */
export const SOCKET_EVENTS: Readonly<
  Record<keyof ClientToServerEvents | keyof ServerToClientEvents, SocketEvent>
> = {
  subscribe: {
    from: 'client',
    description:
      'Follows a room. A connection has one subscription per room; another request for the same room replaces it.',
    payload: SubscriptionRequest,
    response: orRefused(Subscribed),
  },
  unsubscribe: {
    from: 'client',
    description: 'Leaves a room; what the subscription asked for beyond the room does not matter.',
    payload: SubscriptionRequest,
    response: orRefused(Unsubscribed),
  },
  get_products: {
    from: 'client',
    description: 'Asks for the symbols that can be subscribed to now.',
    payload: null,
    response: orRefused(Products),
  },
  ping: {
    from: 'client',
    description: 'Asks whether the server answers, and what time it has.',
    payload: null,
    response: orRefused(Pong),
  },
  ingest: {
    from: 'client',
    description:
      'Sends quotes of a feed, as POST /api/ingest/KIND does. A token needs the role `trader`, and that of an API key the ' +
      'scope `ingest`.',
    payload: IngestRequest,
    response: orRefused(Ingested),
  },
  replay: {
    from: 'client',
    description:
      'Tells the replay what to do, as POST /api/replay/control does; the response says that it was told, and ' +
      '`replay_state` what became of it. A token needs the role `admin`, and that of an API key the scope `operations:manage`.',
    payload: SocketReplayCommand,
    response: orRefused(ReplayTold),
  },
  authenticate: {
    from: 'client',
    description: 'Brings a newer access token of the session the connection began with.',
    payload: Type.String({ description: 'Access token' }),
    response: orRefused(Authenticated),
  },
  connected: fromServer(Hello, 'The connection is served.'),
  subscribed: fromServer(Subscribed, 'The response to `subscribe`, for clients without acks.'),
  unsubscribed: fromServer(Type.Object({ room: Type.String() }), 'The response to `unsubscribe`.'),
  products: fromServer(Products, 'The response to `get_products`.'),
  pong: fromServer(Pong, 'The response to `ping`.'),
  price_update: fromServer(PriceUpdate, 'A price, in rooms `product:SYM`.'),
  chain_update: fromServer(
    ChainUpdate,
    'A chain in rooms `chain:SYM` and `chain:SYM:EXPIRY`: full, or what changed of it.',
  ),
  chain_summary: fromServer(ChainSummaryUpdate, 'Figures of a chain, in rooms `summary:SYM[:EXPIRY]`.'),
  figures_update: fromServer(FiguresUpdate, 'Chosen figures of a chain, in rooms `figures:SYM[:EXPIRY]`.'),
  exposure_update: fromServer(
    ExposureUpdate,
    'Exposures of a chain by strike with totals and walls, in rooms `exposure:SYM[:EXPIRY]`.',
  ),
  bar_update: fromServer(BarUpdate, 'A bar as it stands, in rooms `bars:SYM:1m`, `5m` and `15m`.'),
  surface_update: fromServer(SurfaceUpdate, 'A fitted volatility surface, in rooms `surface:SYM`.'),
  alert: fromServer(AlertUpdate, 'An alert, in rooms `alerts:SYM`; every one is sent.'),
  alert_fired: fromServer(
    OwnAlertUpdate,
    'A rule of the account fired, in rooms `own_alerts:me` and `own_alerts:operator`; every one is sent.',
  ),
  gap: fromServer(Gap, 'Messages of a room that are missing for good.'),
  market_status: fromServer(
    MarketStatus,
    'To everyone: whether data comes, and phases of sessions that began.',
  ),
  market_summary: fromServer(MarketSummary, 'To everyone, once a second: prices that moved.'),
  replay_state: fromServer(
    ReplayState,
    'To everyone: how the replay stands, at each change and each second while there is one. Who may control it is told ' +
      'which recording is played, and what went wrong with it.',
  ),
  error: fromServer(SocketError, 'A refused message, or why the connection ends.'),
};

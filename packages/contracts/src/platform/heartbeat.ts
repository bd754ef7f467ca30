import Type, { type Static } from 'typebox';
import { ProductSymbol } from '../market/chain.ts';
import { nullable } from '../schemas/nullable.ts';

/** Products of one service that a heartbeat names at most; those that moved last. */
export const MAX_PACED_PRODUCTS = 1000;

const Duration = Type.Number({ minimum: 0, description: 'Milliseconds, by a clock that never goes back' });

/** How far a product has come in one service. Durations, so that clocks of two machines need not agree. */
export const ProductPace = Type.Object({
  product: ProductSymbol,
  age_ms: Duration,
  interval_ms: nullable(Type.Number({ minimum: 0, description: 'What lies between two messages of late' })),
});
export type ProductPace = Static<typeof ProductPace>;

export const FEED_RUNS = ['running', 'finished', 'failed'] as const;

/**
 * How a connection to a venue is. `live`: data comes, or none is due because the market is closed. `mute`: connected, but no
 * data came. `waiting`: before the next try to connect. `refused`: the credentials are not accepted.
 */
export const VENUE_STATES = ['connecting', 'live', 'mute', 'waiting', 'refused', 'closed'] as const;
export type VenueState = (typeof VENUE_STATES)[number];

/** Venues that a feed follows at most. */
const MAX_VENUES = 16;

/**
 * What can be wrong with the quotes of a product although its venue is connected. `stall`: none come. `frozen`: they repeat.
 * `zero`, `oi_zero`: prices or open interest fell to 0, and the last ones stay. `partial`: contracts are missing. `spot_zero`,
 * `spot_frozen`: so is the underlying. `volume_back`: the volume of a session fell. `crossed`: a bid is above its ask.
 * `unexpected_session`: prices move on a day on which the calendar has no session.
 */
export const WATCHDOGS = [
  'stall',
  'frozen',
  'zero',
  'oi_zero',
  'partial',
  'spot_zero',
  'spot_frozen',
  'volume_back',
  'crossed',
  'unexpected_session',
] as const;
export type WatchdogKind = (typeof WATCHDOGS)[number];

/** Watchdogs of a venue that a heartbeat names at most: those that have been wrong longest. */
export const MAX_WATCHDOGS = 100; // Every product of a large feed with the same fault; metrics count all.

export const WatchdogVitals = Type.Object({
  kind: Type.Enum([...WATCHDOGS]),
  product: ProductSymbol,
  for_ms: Duration,
  detail: Type.String({ maxLength: 300 }),
});
export type WatchdogVitals = Static<typeof WatchdogVitals>;

/** How a venue is that a feed follows; of its parts the one that is worst off. */
export const VenueVitals = Type.Object({
  venue: Type.String({ minLength: 1, maxLength: 40 }),
  state: Type.Enum([...VENUE_STATES]),
  for_ms: Duration,
  reason: nullable(Type.String({ maxLength: 400, description: 'Without credentials, addresses and paths' })),
  watchdogs: Type.Optional(Type.Array(WatchdogVitals, { maxItems: MAX_WATCHDOGS })),
});
export type VenueVitals = Static<typeof VenueVitals>;

/** What a feed says of its source. */
export const FeedVitals = Type.Object({
  source: Type.String({
    maxLength: 40,
    description: 'Its kind: synthetic, replay, or the names of venues, by comma',
  }),
  run: Type.Enum([...FEED_RUNS], { description: '`finished`: the source ended by itself' }),
  for_ms: Duration,
  due_in_ms: nullable(
    Type.Number({
      description: 'Until its next message is due; below 0 it is late; null when none is expected',
    }),
  ),
  venues: Type.Optional(Type.Array(VenueVitals, { maxItems: MAX_VENUES })),
});
export type FeedVitals = Static<typeof FeedVitals>;

/** Targets of logs of one process that a heartbeat names at most: as many as its setting takes. */
const MAX_LOG_TARGETS = 16;

/** Somewhere the logging service ships entries to. */
export const LogTargetVitals = Type.Object({
  target: Type.String({ minLength: 1, maxLength: 40 }),
  protocol: Type.Enum(['loki', 'elastic', 'otlp']),
  waiting_entries: Type.Integer({ minimum: 0 }),
  waiting_bytes: Type.Integer({ minimum: 0 }),
  dropped: Type.Integer({ minimum: 0, description: 'Refused, or too many waited; since its spool was made' }),
  failing: nullable(
    Type.Object({
      reason: Type.String({ maxLength: 40, description: 'A few words, such as status_503, timeout' }),
      for_ms: Duration,
    }),
  ),
});
export type LogTargetVitals = Static<typeof LogTargetVitals>;

/** A service as it finds itself. Checks are named, not explained: reasons may tell of paths and addresses. */
export const ServiceVitals = Type.Object({
  service: Type.String({ minLength: 1, maxLength: 40 }),
  failing: Type.Array(Type.Object({ check: Type.String({ maxLength: 100 }), for_ms: Duration }), {
    maxItems: 20,
  }),
  feed: Type.Optional(FeedVitals),
  products: Type.Optional(Type.Array(ProductPace, { maxItems: MAX_PACED_PRODUCTS })),
  log_targets: Type.Optional(Type.Array(LogTargetVitals, { maxItems: MAX_LOG_TARGETS })),
});
export type ServiceVitals = Static<typeof ServiceVitals>;

/** What a process says of itself again and again; `ended` when it stops on purpose. */
export const Heartbeat = Type.Object({
  process: Type.String({ minLength: 1, maxLength: 300, description: 'Names this run of this process' }),
  ended: Type.Boolean(),
  services: Type.Array(ServiceVitals, { maxItems: 32 }),
});
export type Heartbeat = Static<typeof Heartbeat>;

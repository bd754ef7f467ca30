import Type, { type Static } from 'typebox';
import { ProductSymbol } from '../market/chain.ts';
import { IsoTime } from '../market/views.ts';
import { nullable } from '../schemas/nullable.ts';
import { VENUE_STATES, WATCHDOGS } from './heartbeat.ts';

/** Why data does not come, or what else is wrong; append-only. */
export const PROBLEMS = {
  bus_away: 'the message bus cannot be used',
  bus_silent: 'the message bus is connected and carries nothing',
  bus_unsafe: 'the message bus may drop messages',
  feed_away: 'the feed fell silent',
  feed_stopped: 'the feed was stopped',
  feed_failed: 'the source of the feed failed, or is late',
  no_feed: 'no feed is known',
  replay_finished: 'the replay is finished',
  market_closed: 'the market is closed',
  enricher_away: 'no enricher is left',
  no_enricher: 'no enricher is known',
  data_stale: 'quotes come from the feed and no figures of them',
  service_away: 'a service fell silent or was stopped',
  service_not_ready: 'a service says that it is not ready',
  starting: 'not long enough here to know',
  venue_failed: 'a venue that the feed follows gives no data, others do',
} as const;
export type ProblemCode = keyof typeof PROBLEMS;

export const PlatformProblem = Type.Object({
  part: Type.String({ description: '`bus`, `data`, or the name of a service' }),
  code: Type.Enum(Object.keys(PROBLEMS) as ProblemCode[], { description: 'More may be added' }),
  reason: Type.String(),
  since: nullable(IsoTime),
  fault: Type.Boolean({ description: 'False for what is meant to be so, such as a replay that is finished' }),
});
export type PlatformProblem = Static<typeof PlatformProblem>;

export const FEED_STATES = ['running', 'finished', 'failed', 'stopped', 'away', 'none'] as const;

/** Something that is wrong with the quotes of a product although its venue is connected. */
export const WatchdogStatus = Type.Object({
  kind: Type.Enum([...WATCHDOGS], {
    description:
      'stall: no quotes; frozen: they repeat; zero, oi_zero: prices or open interest fell to 0, the last ones stay; partial: contracts are missing; spot_zero, spot_frozen: the underlying is at 0 or stands still; volume_back: the volume of a session fell; crossed: a bid is above its ask; unexpected_session: prices move on a day on which the calendar has no session. More may be added',
  }),
  product: ProductSymbol,
  since: IsoTime,
  detail: Type.String(),
});
export type WatchdogStatus = Static<typeof WatchdogStatus>;

/** A venue that the feed follows. */
export const VenueStatus = Type.Object({
  venue: Type.String(),
  state: Type.Enum([...VENUE_STATES], {
    description:
      'live: data comes, or none is due because the market is closed; mute: connected without data; waiting: before the next try to connect; refused: the credentials are not accepted',
  }),
  since: IsoTime,
  reason: nullable(Type.String({ description: 'Without credentials, addresses and paths' })),
  watchdogs: Type.Array(WatchdogStatus, {
    description: 'What is wrong with quotes of products, the longest first; a hundred at most',
  }),
});
export type VenueStatus = Static<typeof VenueStatus>;

/** The feed as the rest of the platform sees it. */
export const FeedStatus = Type.Object({
  state: Type.Enum([...FEED_STATES], {
    description:
      'finished: the source ended by itself; stopped: it was told to stop; away: it fell silent; none: none has reported',
  }),
  source: nullable(Type.String({ description: 'synthetic, replay, or the names of venues, by comma' })),
  since: nullable(IsoTime),
  venues: Type.Optional(Type.Array(VenueStatus, { description: 'Of a feed of live venues' })),
});
export type FeedStatus = Static<typeof FeedStatus>;

/** A product of which figures do not come as they should, and the time of its newest. */
export const StaleProduct = Type.Object({ product: ProductSymbol, since: IsoTime });
export type StaleProduct = Static<typeof StaleProduct>;

export const ServiceStatus = Type.Object({
  name: Type.String(),
  instances: Type.Integer({ description: 'Processes that run it and report' }),
  ok: Type.Boolean(),
  since: nullable(IsoTime),
});

/** Somewhere the logging service ships log entries to. */
export const LogTargetStatus = Type.Object({
  target: Type.String(),
  protocol: Type.Enum(['loki', 'elastic', 'otlp']),
  state: Type.Enum(['ok', 'failing'], { description: 'failing: the last try failed, entries wait' }),
  since: nullable(IsoTime),
  reason: nullable(Type.String({ description: 'Such as status_503 or timeout' })),
  waiting_entries: Type.Integer(),
  waiting_bytes: Type.Integer(),
  dropped: Type.Integer({ description: 'Refused, or too many waited; since its spool was made' }),
});
export type LogTargetStatus = Static<typeof LogTargetStatus>;

/** What is known of every process on the bus, whichever host it is on. */
export const PlatformStatus = Type.Object({
  data: Type.Enum(['live', 'interrupted'], { description: 'Whether figures come' }),
  feed: FeedStatus,
  services: Type.Array(ServiceStatus),
  stale: Type.Array(StaleProduct),
  log_targets: Type.Optional(
    Type.Array(LogTargetStatus, { description: 'Where logs are shipped to, if anywhere' }),
  ),
  problems: Type.Array(PlatformProblem, { description: 'What keeps data away first' }),
});
export type PlatformStatus = Static<typeof PlatformStatus>;

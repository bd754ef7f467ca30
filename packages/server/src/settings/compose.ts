import type { TProperties } from 'typebox';
import { LOG_STORE } from '../adapters/log-files/settings.ts';
import { BUS } from '../adapters/memory/bus/bus-settings.ts';
import { MONGO } from '../adapters/mongo/settings.ts';
import { POSTGRES } from '../adapters/postgres/settings.ts';
import { REDIS_BUS } from '../adapters/redis/bus/settings.ts';
import { BULL_QUEUE, QUEUE } from '../adapters/redis/queue/settings.ts';
import { CACHE, LIMITER, REDIS } from '../adapters/redis/settings.ts';
import { RETENTION } from '../adapters/retention-settings.ts';
import { ALERT_STORE, SQLITE_STORE, THREADS, USER_STORE } from '../adapters/sqlite/settings.ts';
import { ACCESS } from '../kit/access/access-settings.ts';
import { PRESENCE } from '../kit/health/presence-settings.ts';
import { HTTP } from '../kit/http/http-settings.ts';
import { INGEST } from '../kit/ingest/ingest-settings.ts';
import { LIFECYCLE } from '../kit/lifecycle/lifecycle-settings.ts';
import { LOG_OUTPUT } from '../kit/logging/outputs/log-output-settings.ts';
import { RECORDINGS } from '../kit/recordings/recording-settings.ts';
import type { SettingSchema, ValuesOf } from '../kit/settings-fragment.ts';
import { TOKENS } from '../kit/tokens/token-settings.ts';
import { TRACING } from '../kit/tracing/tracing-settings.ts';
import { ALERT_DELIVERY } from '../services/alerts/delivery/settings.ts';
import { ALERT_RULES } from '../services/alerts/rules/rule-settings.ts';
import { ALERT_RUNTIME } from '../services/alerts/runtime/runtime-settings.ts';
import { ANALYTICS } from '../services/analytics/settings.ts';
import { AUTH } from '../services/auth/settings.ts';
import { ENRICHER } from '../services/enricher/settings.ts';
import { LIVE } from '../services/feed/live/venue-settings.ts';
import { RECORD } from '../services/feed/record/record-settings.ts';
import { FEED } from '../services/feed/settings.ts';
import { SOURCE, sourceKind } from '../services/feed/source-settings.ts';
import { SYNTHETIC } from '../services/feed/synthetic/synthetic-settings.ts';
import { GATEWAY } from '../services/gateway/settings.ts';
import { LOGGING } from '../services/logging/settings.ts';
import { LOG_SHIPPING } from '../services/logging/ship/ship-settings.ts';
import { MIRROR } from '../services/mirror/settings.ts';
import { IMPORTS } from '../services/operations/imports/import-settings.ts';
import { RECONCILIATION } from '../services/operations/reconciliation/reconciliation-settings.ts';
import { TRANSFERS } from '../services/operations/transfers/transfer-settings.ts';
import { SOCKET_GATEWAY } from '../services/socket-gateway/settings.ts';
import { STORAGE } from '../services/storage/settings.ts';
import { PLACES } from './places.ts';
import { PROCESS } from './process.ts';

/** Every part that declares settings, in the order of the help and of docs/settings.md. */
export const FRAGMENTS = [
  PROCESS,
  LOG_OUTPUT,
  TRACING,
  LIFECYCLE,
  PLACES,
  SOURCE,
  FEED,
  SYNTHETIC,
  LIVE,
  RECORDINGS,
  RECORD,
  INGEST,
  ENRICHER,
  STORAGE,
  ANALYTICS,
  BUS,
  QUEUE,
  CACHE,
  LIMITER,
  REDIS,
  REDIS_BUS,
  BULL_QUEUE,
  RETENTION,
  SQLITE_STORE,
  THREADS,
  POSTGRES,
  MONGO,
  USER_STORE,
  ALERT_STORE,
  LOG_STORE,
  ACCESS,
  AUTH,
  TOKENS,
  GATEWAY,
  HTTP,
  SOCKET_GATEWAY,
  ALERT_DELIVERY,
  ALERT_RULES,
  MIRROR,
  ALERT_RUNTIME,
  LOGGING,
  LOG_SHIPPING,
  TRANSFERS,
  IMPORTS,
  RECONCILIATION,
  PRESENCE,
] as const;

type ValuesOfEach<Part> = Part extends { readonly published: infer Published extends TProperties }
  ? (values: ValuesOf<Published>) => void
  : never;
type AllValues =
  ValuesOfEach<(typeof FRAGMENTS)[number]> extends (values: infer Values) => void ? Values : never;

/**
 * Every setting of the platform. A setting `commitIntervalMs` is the flag `--commit-interval-ms`, the
 * environment variable `DELTASTREAM_COMMIT_INTERVAL_MS`, and that name in the file of `--config`; the
 * flag wins over the environment, and that over the file. A `secret` one may stand in a file of its own
 * (`--bus-file`, `DELTASTREAM_BUS_FILE`, `busFile`), and is never shown in full.
 */
export type Settings = { readonly [Name in keyof AllValues]: AllValues[Name] };

export const SETTINGS: ReadonlyMap<string, SettingSchema> = new Map(
  FRAGMENTS.flatMap(({ published }) => Object.entries<SettingSchema>(published)),
);

/** Settings of which no output shows more than is needed to know which one it is. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set(
  [...SETTINGS].filter(([, { secret }]) => secret).map(([name]) => name),
);

/** What a publisher does when a consumer is too far behind: a recording can wait, a live market cannot. */
export const overflowOf = (settings: Pick<Settings, 'overflow' | 'source'>): 'wait' | 'drop_oldest' =>
  settings.overflow ?? (sourceKind(settings) === 'replay' ? 'wait' : 'drop_oldest');

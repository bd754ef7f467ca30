import Type, { type TProperties } from 'typebox';
import { ACCESS } from '../kit/access/access-settings.ts';
import { PRESENCE } from '../kit/health/presence-settings.ts';
import { HTTP } from '../kit/http/http-settings.ts';
import { type SettingSchema, settingsFragment, type ValuesOf } from '../kit/settings-fragment.ts';
import { ANALYTICS } from '../services/analytics/settings.ts';
import { AUTH } from '../services/auth/settings.ts';
import { ENRICHER } from '../services/enricher/settings.ts';
import { FEED } from '../services/feed/settings.ts';
import { SYNTHETIC } from '../services/feed/synthetic/synthetic-settings.ts';
import { GATEWAY } from '../services/gateway/settings.ts';
import { LOGGING } from '../services/logging/settings.ts';
import { TRANSFERS } from '../services/operations/transfers/transfer-settings.ts';
import { SOCKET_GATEWAY } from '../services/socket-gateway/settings.ts';
import { STORAGE } from '../services/storage/settings.ts';
import { PLACES } from './places.ts';
import { PROCESS } from './process.ts';
import { RECORDINGS } from './recording.ts';
import { SOURCE, sourceKind } from './source.ts';

const PLATFORM = settingsFragment('Platform', {
  synchronous: Type.Enum(['full', 'normal'], {
    default: 'full',
    description: 'Store durability; normal may lose the last second when the power fails',
  }),
  commitIntervalMs: Type.Integer({
    unit: 'ms',
    default: 100,
    minimum: 1,
    maximum: 10_000,
    description: 'Longest wait of a group commit',
  }),
  maxBacklogBytes: Type.Integer({
    unit: 'bytes',
    default: 268_435_456,
    minimum: 1_048_576,
    description: 'Bytes a consumer may be behind before a replay waits or a live feed drops the oldest',
  }),
  overflow: Type.Optional(
    Type.Enum(['wait', 'drop_oldest'], {
      description: 'What publishers do beyond that; by the source: wait for a replay, else drop_oldest',
    }),
  ),
});

/** Every part that declares settings, in the order of the help and of docs/settings.md. */
export const FRAGMENTS = [
  PROCESS,
  PLACES,
  SOURCE,
  FEED,
  SYNTHETIC,
  RECORDINGS,
  ENRICHER,
  STORAGE,
  ANALYTICS,
  PLATFORM,
  ACCESS,
  AUTH,
  GATEWAY,
  HTTP,
  SOCKET_GATEWAY,
  LOGGING,
  TRANSFERS,
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

import { Concurrency, RECORDED_PRODUCT } from '@deltastream/contracts';
import { dayNumber } from '@deltastream/reference';
import Type, { type TProperties } from 'typebox';
import { DeltaStreamError } from '../kit/errors.ts';
import { SERVICE_NAMES } from '../kit/lifecycle/service.ts';
import { type SettingSchema, settingsFragment, type ValuesOf } from '../kit/settings-fragment.ts';
import { SOCKET_GATEWAY } from '../services/socket-gateway/settings.ts';
import { GATEWAY_SETTINGS } from './gateway.ts';
import { RECORDINGS } from './recording.ts';

const STORE_URL = '^(sqlite:|mongodb(\\+srv)?://.+)$';

const concurrency = (description: string) => Type.Integer({ ...Concurrency, unit: 'messages', description });

/** `memory:` for this process alone, or a Redis that processes share. */
const shared = (what: string) =>
  Type.String({
    default: 'memory:',
    pattern: '^(memory:|rediss?://.+)$',
    description: `${what}: memory: or redis://[user:password@]host:port[/db]`,
    secret: true,
  });

const PLATFORM = settingsFragment('Platform', {
  host: Type.String({ default: '127.0.0.1', description: 'Address to listen on' }),
  port: Type.Optional(
    Type.Integer({
      unit: 'port',
      minimum: 0,
      maximum: 65_535,
      description: 'Port of the gateway (8000), or of the one service that runs; 0 takes a free one',
    }),
  ),
  data: Type.String({ default: './data', description: 'Data folder' }),
  bus: shared('Streams between services'),
  queue: shared('Jobs'),
  cache: shared('Latest chains'),
  source: Type.String({
    default: 'synthetic',
    pattern: '^(synthetic|none|replay:.+)$',
    description: 'synthetic, replay:PATH, or none (serve what is stored)',
  }),
  recordedAt: Type.Optional(
    Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2})$',
      description:
        'Instant of a replayed recording that does not say its own, such as 2024-06-20T10:15:00+05:30',
    }),
  ),
  reference: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'JSON file of calendars, hours, products, lots and expiry schedules that go over the shipped ones',
    }),
  ),
  recordedProduct: Type.Optional(
    Type.String({
      pattern: RECORDED_PRODUCT,
      description: 'Product of a replayed recording that does not say its own, such as RELIANCE',
    }),
  ),
  recordedExpiry: Type.Optional(
    Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}$',
      description: 'Expiry of a replayed recording that does not say its own, such as 2026-12-01',
    }),
  ),
  dataset: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
      description: 'Folder of market data inside the data folder; "synthetic" or "recorded", by the source',
    }),
  ),
  store: Type.String({
    default: 'sqlite:',
    pattern: STORE_URL,
    description: 'Where market data is kept: sqlite: (the data folder), or mongodb://HOST/DATABASE',
    secret: true,
  }),
  storeReadUrl: Type.Optional(
    Type.String({
      pattern: '^mongodb(\\+srv)?://.+$',
      description: 'The same place with credentials that may only read; as --store by default',
      secret: true,
    }),
  ),
  users: Type.String({
    default: 'sqlite:',
    pattern: STORE_URL,
    description: 'Where accounts are kept: sqlite: (the data folder), or mongodb://HOST/DATABASE',
    secret: true,
  }),
  speed: Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Literal('max')], {
    default: 1,
    description: 'Replay speed: a factor of recorded time, or max',
  }),
  keepExisting: Type.Boolean({
    default: false,
    description: 'An import or a replay fills what is free and leaves what is stored; else the later wins',
  }),
  takeOverStorage: Type.Boolean({
    default: false,
    description: 'Store what the bus carries although another store did so; that one is then refused',
  }),
  exitWhenDone: Type.Boolean({
    default: false,
    description:
      'Stop after a replay and what is retried of it; exit code 1 when something failed for good or nothing was read',
  }),
  products: Type.Optional(
    Type.Array(Type.String(), { minItems: 1, description: 'Synthetic products, by comma' }),
  ),
  seed: Type.Optional(
    Type.Integer({ unit: 'seed', minimum: 0, description: 'Seed of the synthetic source' }),
  ),
  drift: Type.Optional(
    Type.Number({ unit: 'fraction a year', description: 'Synthetic drift, fraction a year' }),
  ),
  volatility: Type.Optional(
    Type.Number({
      unit: 'fraction a year',
      exclusiveMinimum: 0,
      description: 'Synthetic volatility, fraction a year',
    }),
  ),
  ticksPerSecond: Type.Optional(
    Type.Number({
      unit: 'ticks/s',
      exclusiveMinimum: 0,
      maximum: 1000,
      description: 'Synthetic ticks a second of each product',
    }),
  ),
  rate: Type.Optional(
    Type.Number({
      unit: 'fraction a year',
      minimum: -1,
      maximum: 1,
      description: 'Interest rate, continuous, fraction a year, where no curve holds; 0',
    }),
  ),
  rateCurve: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'JSON file of zero rates by currency and tenor, with effective dates (docs/figures.md)',
    }),
  ),
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
  concurrency: Type.Optional(concurrency('Chains and ticks an enricher has in work; 8')),
  marketConcurrency: Type.Optional(concurrency('The same while a market is open; as --concurrency')),
  offHoursConcurrency: Type.Optional(concurrency('The same while none is; as --concurrency')),
  marketProducts: Type.Optional(
    Type.Array(Type.String(), {
      minItems: 1,
      description: 'Products whose sessions those two follow, by comma; those of --products, else NIFTY',
    }),
  ),
  surfaceIntervalMs: Type.Integer({
    unit: 'ms',
    default: 10_000,
    minimum: 0,
    maximum: 86_400_000,
    description: 'How often volatility surfaces of new chains are fitted; 0: on request only',
  }),
  overflow: Type.Optional(
    Type.Enum(['wait', 'drop_oldest'], {
      description: 'What publishers do beyond that; by the source: wait for a replay, else drop_oldest',
    }),
  ),
  accessTokenSeconds: Type.Integer({
    unit: 's',
    default: 600,
    minimum: 1,
    maximum: 86_400,
    description: 'Life of an access token',
  }),
  registration: Type.Enum(['open', 'closed'], {
    default: 'open',
    description: 'Whether people may make accounts, or the operator alone',
  }),
  passwordAlgorithm: Type.Enum(['bcrypt', 'argon2id'], {
    default: 'bcrypt',
    description: 'How passwords are hashed from now on; older hashes are replaced at the next login',
  }),
  authUrl: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description:
        'Where the auth service is, for processes that check tokens without it; its own port on this machine by default',
    }),
  ),
  trustedProxies: Type.Array(Type.String(), {
    default: [],
    description:
      'Addresses or networks of proxies whose X-Forwarded-For is believed, by comma; this machine for a service without the gateway',
  }),
  oidcIssuer: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'OpenID provider to log in with' }),
  ),
  oidcName: Type.String({ default: 'sso', minLength: 1, maxLength: 40, description: 'Its name here' }),
  oidcClientId: Type.Optional(Type.String({ description: 'Client id at the OpenID provider' })),
  oidcClientSecret: Type.Optional(
    Type.String({ description: 'Client secret; better in a file than on the command line', secret: true }),
  ),
  oidcRedirectUri: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'Page that takes the browser back after the login' }),
  ),
  corsOrigins: Type.Array(Type.String(), {
    default: [],
    description: 'Other origins that browsers may call from, by comma',
  }),
  allowedHosts: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    description:
      'Host names, beside its address and localhost, by which open data may be asked for, by comma',
  }),
  ...GATEWAY_SETTINGS,
  only: Type.Optional(
    Type.Array(Type.Enum([...SERVICE_NAMES]), {
      minItems: 1,
      description: 'Services to run, by comma; all by default',
    }),
  ),
  logLevel: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'Least level that is kept by the logging service',
  }),
  heartbeatMs: Type.Integer({
    unit: 'ms',
    default: 500,
    minimum: 50,
    maximum: 60_000,
    description: 'How often each process says on the bus how it is',
  }),
  awayAfterMs: Type.Integer({
    unit: 'ms',
    default: 2_000,
    minimum: 200,
    maximum: 300_000,
    description: 'Silence of a process after which the gateways say that its services are away',
  }),
  stopTimeoutMs: Type.Integer({
    unit: 'ms',
    default: 8000,
    minimum: 100,
    description: 'Longest time a stop may take',
  }),
});

/** Every part that declares settings, in the order of the help and of docs/settings.md. */
export const FRAGMENTS = [PLATFORM, RECORDINGS, SOCKET_GATEWAY] as const;

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

/** What kind of source the settings name. */
export function sourceKind({ source }: Pick<Settings, 'source'>): 'synthetic' | 'replay' | 'none' {
  if (source.startsWith('replay:')) return 'replay';
  return source === 'none' ? 'none' : 'synthetic';
}

/** Epoch ms of `--recorded-at`. Throws `invalid_setting` when there is no such instant. */
export function recordedAt({ recordedAt: text }: Pick<Settings, 'recordedAt'>): number | undefined {
  if (text === undefined) return undefined;
  const instant = Date.parse(text);
  if (!Number.isNaN(instant)) return instant;
  throw new DeltaStreamError(
    'invalid_setting',
    `--recorded-at ${JSON.stringify(text)} is not a valid timestamp`,
  );
}

/** The date of `--recorded-expiry`. Throws `invalid_setting` when there is no such day. */
export function recordedExpiry({
  recordedExpiry: text,
}: Pick<Settings, 'recordedExpiry'>): string | undefined {
  if (text === undefined || !Number.isNaN(dayNumber(text))) return text;
  throw new DeltaStreamError('invalid_setting', `--recorded-expiry ${JSON.stringify(text)} is not a date`);
}

/** The recording of a replay source. */
export const replayPath = ({ source }: Pick<Settings, 'source'>): string => source.slice('replay:'.length);

/** What a publisher does when a consumer is too far behind: a recording can wait, a live market cannot. */
export const overflowOf = (settings: Pick<Settings, 'overflow' | 'source'>): 'wait' | 'drop_oldest' =>
  settings.overflow ?? (sourceKind(settings) === 'replay' ? 'wait' : 'drop_oldest');

/** True when services of other processes can be reached through it. */
export const isShared = (url: string): boolean => url !== 'memory:';

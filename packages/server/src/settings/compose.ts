import { Concurrency } from '@deltastream/contracts';
import Type, { type TProperties } from 'typebox';
import { ACCESS } from '../kit/access/access-settings.ts';
import { PRESENCE } from '../kit/health/presence-settings.ts';
import { HTTP } from '../kit/http/http-settings.ts';
import { type SettingSchema, settingsFragment, type ValuesOf } from '../kit/settings-fragment.ts';
import { GATEWAY } from '../services/gateway/settings.ts';
import { SOCKET_GATEWAY } from '../services/socket-gateway/settings.ts';
import { PLACES } from './places.ts';
import { PROCESS } from './process.ts';
import { RECORDINGS } from './recording.ts';
import { SOURCE, sourceKind } from './source.ts';

const concurrency = (description: string) => Type.Integer({ ...Concurrency, unit: 'messages', description });

const PLATFORM = settingsFragment('Platform', {
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
});

/** Every part that declares settings, in the order of the help and of docs/settings.md. */
export const FRAGMENTS = [
  PROCESS,
  PLACES,
  SOURCE,
  PLATFORM,
  RECORDINGS,
  ACCESS,
  HTTP,
  GATEWAY,
  SOCKET_GATEWAY,
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

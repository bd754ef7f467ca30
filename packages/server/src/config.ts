import { resolve } from 'node:path';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { DeltaStreamError } from './kit/errors.ts';
import { SERVICE_NAMES } from './kit/service.ts';

const STORE_URL = '^(sqlite:|mongodb(\\+srv)?://.+)$';

/**
 * Every setting of the platform. A setting `commitIntervalMs` is the flag `--commit-interval-ms` and
 * the environment variable `DELTASTREAM_COMMIT_INTERVAL_MS`; the flag wins.
 */
export const Settings = Type.Object(
  {
    host: Type.String({ default: '127.0.0.1', description: 'Address to listen on' }),
    port: Type.Integer({
      default: 8000,
      minimum: 0,
      maximum: 65_535,
      description: 'Port of the gateway; 0 takes a free one',
    }),
    data: Type.String({ default: './data', description: 'Data folder' }),
    source: Type.String({
      default: 'synthetic',
      pattern: '^(synthetic|none|replay:.+)$',
      description: 'synthetic, replay:PATH, or none (serve what is stored)',
    }),
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
    }),
    storeReadUrl: Type.Optional(
      Type.String({
        pattern: '^mongodb(\\+srv)?://.+$',
        description: 'The same place with credentials that may only read; as --store by default',
      }),
    ),
    users: Type.String({
      default: 'sqlite:',
      pattern: STORE_URL,
      description: 'Where accounts are kept: sqlite: (the data folder), or mongodb://HOST/DATABASE',
    }),
    speed: Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Literal('max')], {
      default: 1,
      description: 'Replay speed: a factor of recorded time, or max',
    }),
    exitWhenDone: Type.Boolean({ default: false, description: 'Stop after a replay instead of serving on' }),
    products: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, description: 'Synthetic products, by comma' }),
    ),
    seed: Type.Optional(Type.Integer({ minimum: 0, description: 'Seed of the synthetic source' })),
    drift: Type.Optional(Type.Number({ description: 'Synthetic drift, fraction a year' })),
    volatility: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Synthetic volatility, fraction a year' }),
    ),
    ticksPerSecond: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1000,
        description: 'Synthetic ticks a second of each product',
      }),
    ),
    rate: Type.Number({
      default: 0,
      minimum: -1,
      maximum: 1,
      description: 'Interest rate, continuous, fraction a year',
    }),
    synchronous: Type.Enum(['full', 'normal'], {
      default: 'full',
      description: 'Store durability; normal may lose the last second when the power fails',
    }),
    commitIntervalMs: Type.Integer({
      default: 100,
      minimum: 1,
      maximum: 10_000,
      description: 'Longest wait of a group commit',
    }),
    maxBacklogBytes: Type.Integer({
      default: 268_435_456,
      minimum: 1_048_576,
      description: 'Bytes a consumer may be behind before a replay waits or a live feed drops the oldest',
    }),
    accessTokenSeconds: Type.Integer({
      default: 600,
      minimum: 1,
      maximum: 86_400,
      description: 'Life of an access token',
    }),
    corsOrigins: Type.Array(Type.String(), {
      default: [],
      description: 'Other origins that browsers may call from, by comma',
    }),
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
    stopTimeoutMs: Type.Integer({ default: 8000, minimum: 100, description: 'Longest time a stop may take' }),
  },
  { additionalProperties: false },
);
export type Settings = Static<typeof Settings>;
export type SettingName = keyof Settings;

const check = Compile(Settings);

/** The settings from flags and environment. Throws `invalid_setting` that names the flag and its value. */
export function readSettings(
  flags: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv = process.env,
): Settings {
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(Settings.properties)) {
    const given = flags[name] ?? environment[environmentName(name)];
    const value = given === undefined ? (schema as { default?: unknown }).default : parsed(given, schema);
    if (value !== undefined) values[name] = value;
  }
  if (!check.Check(values)) {
    const [first] = check.Errors(values);
    const name = first.instancePath.split('/')[1] ?? '';
    const shown = withoutCredentials(JSON.stringify(values[name]));
    throw new DeltaStreamError('invalid_setting', `--${flagName(name)} ${shown} ${first.message}`);
  }
  return { ...values, data: resolve(values.data) };
}

/** What stands before the @ of a URL never reaches a screen or a log. */
export const withoutCredentials = (text: string): string =>
  text.replaceAll(/(:\/*)[^/@"]*:[^@"]*@/g, '$1***@');

export const flagName = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const environmentName = (name: string): string =>
  `DELTASTREAM_${flagName(name).replaceAll('-', '_').toUpperCase()}`;

/** Text from a command line or environment as the type its schema asks for; left alone when it does not fit. */
function parsed(given: unknown, schema: Type.TSchema): unknown {
  if (typeof given !== 'string') return given;
  const kinds = [schema, ...((schema as { anyOf?: Type.TSchema[] }).anyOf ?? [])].map(
    (each) => (each as { type?: string }).type,
  );
  if (kinds.includes('array')) return given.split(',').map((item) => item.trim());
  if (kinds.includes('boolean') && (given === 'true' || given === 'false')) return given === 'true';
  if (
    (kinds.includes('integer') || kinds.includes('number')) &&
    given.trim() !== '' &&
    Number.isFinite(Number(given))
  ) {
    return Number(given);
  }
  return given;
}

/** What kind of source the settings name. */
export function sourceKind({ source }: Pick<Settings, 'source'>): 'synthetic' | 'replay' | 'none' {
  if (source.startsWith('replay:')) return 'replay';
  return source === 'none' ? 'none' : 'synthetic';
}

/** The recording of a replay source. */
export const replayPath = ({ source }: Pick<Settings, 'source'>): string => source.slice('replay:'.length);

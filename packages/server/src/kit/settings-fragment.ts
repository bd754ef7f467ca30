import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import Schema from 'typebox/schema';
import { DeltaStreamError } from './errors.ts';

/** What the schema of a setting may say, beside the bounds of its value. */
export interface SettingSchema extends TSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  /** Of a number. */
  readonly unit?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly SettingSchema[];
  readonly items?: SettingSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of a former name: the settings that it gives a value to instead. */
  readonly replacedBy?: readonly string[];
  /** Where a former name said something: the setting, and the pattern of its values there. Elsewhere it says nothing. */
  readonly replacedWhere?: { readonly setting: string; readonly pattern: string };
  /** Never shown in full; may stand in a file of its own. */
  readonly secret?: boolean;
}

type Immutable<Value> = Value extends (infer Item)[] ? readonly Item[] : Value;

export type ValuesOf<Properties extends TProperties> = {
  readonly [Name in keyof Static<TObject<Properties>>]: Immutable<Static<TObject<Properties>>[Name]>;
};

type Prefixed<Properties, Prefix extends string> = {
  [Name in keyof Properties & string as `${Prefix}${Capitalize<Name>}`]: Properties[Name];
};

/** The settings that one part of the platform declares: its types, defaults, flags and documentation come from here. */
export interface SettingsFragment<
  Own extends TProperties = TProperties,
  Published extends TProperties = TProperties,
> {
  /** Heading in the help and in docs/settings.md. */
  readonly title: string;
  /** By the names that the part itself uses. */
  readonly own: Own;
  /** By the names of the platform: those of flags, environment variables and file keys. */
  readonly published: Published;
  /** Of these, the limits that few change: `--help-all` lists them, `--help` does not. */
  readonly limits: ReadonlySet<string>;
  /** What holds where nothing is given; an optional setting is absent. */
  readonly defaults: ValuesOf<Own>;
  /** What the settings of the platform say to this part, by its own names. */
  of(settings: ValuesOf<Published>): ValuesOf<Own>;
}

/**
 * Declares the settings of a part by schemas that carry `default`, `description` and, for a number, `unit`. Those of
 * `named` are given by the same name everywhere. The part's `limits`, whose names would be unclear beside those of
 * other parts, are given with its prefix: `batchMs` of storage is `storageBatchMs`, the flag `--storage-batch-ms`.
 */
export function settingsFragment<
  Named extends TProperties,
  const Prefix extends string = '',
  Limits extends TProperties = Record<never, never>,
>(
  title: string,
  named: Named,
  prefix?: Prefix,
  limits?: Limits,
): SettingsFragment<Named & Limits, Named & Prefixed<Limits, Prefix>> {
  const prefixed = Object.keys(limits ?? {}).map(
    (name) => [name, `${prefix}${name[0].toUpperCase()}${name.slice(1)}`] as const,
  );
  const names = [...Object.keys(named).map((name) => [name, name] as const), ...prefixed];
  const own = { ...named, ...limits } as Named & Limits;
  const part = (entries: readonly (readonly [string, unknown])[]) =>
    Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  return {
    title,
    own,
    published: part(names.map(([name, given]) => [given, own[name]])) as Named & Prefixed<Limits, Prefix>,
    limits: new Set(prefixed.map(([, given]) => given)),
    defaults: part(names.map(([name]) => [name, (own[name] as SettingSchema).default])) as ValuesOf<
      Named & Limits
    >,
    of(settings) {
      const values = settings as Readonly<Record<string, unknown>>;
      return part(names.map(([name, given]) => [name, values[given]])) as ValuesOf<Named & Limits>;
    },
  };
}

/** The defaults, and over them what is given and not undefined. */
export function withDefaults<Defaults extends object, Given extends object>(
  defaults: Defaults,
  given: Given,
) {
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(defined) } as Defaults & {
    [Name in keyof Given]: Name extends keyof Defaults ? NonNullable<Given[Name]> : Given[Name];
  };
}

/** What is wrong with a value, or null. Nothing is compiled: a setting is read once in the life of a process. */
export function settingProblem(schema: TSchema, value: unknown): string | null {
  if (Schema.Check(schema, value)) return null;
  return Schema.Errors(schema, value)[1][0].message;
}

/** Throws `invalid_setting` naming the first that is not valid, where values do not come from `settings/read.ts`. */
export function requireValid(part: string, own: Record<string, TSchema>, values: object): void {
  for (const [name, value] of Object.entries(values)) {
    const problem = own[name] ? settingProblem(own[name], value) : null;
    if (problem !== null) throw new DeltaStreamError('invalid_setting', `${part}.${name} ${problem}`);
  }
}

/** Longest time that a timer of Node can wait. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How many of `unit`, at least 1 unless said otherwise. */
export const count = (value: number, unit: string, description: string, minimum = 1, maximum?: number) =>
  Type.Integer({ minimum, ...(maximum && { maximum }), default: value, unit, description });

/** A time, 1 ms to the longest of a timer unless said otherwise; its name ends in `Ms`. */
export const ms = (value: number, description: string, minimum = 1, maximum = LONGEST_TIMER_MS) =>
  count(value, 'ms', description, minimum, maximum);

/** A time of 1 s or more; its name ends in `Seconds`. */
export const seconds = (value: number, description: string, maximum?: number, minimum = 1) =>
  count(value, 's', description, minimum, maximum);

/** A size of 1 byte or more unless said otherwise; its name ends in `Bytes`. */
export const bytes = (value: number, description: string, minimum = 1) =>
  count(value, 'bytes', description, minimum);

/** A rate, which may be less than one a second; 0 for no limit where the description says so. */
export const perSecond = (value: number, unit: string, description: string) =>
  Type.Number({ minimum: 0, default: value, unit: `${unit}/s`, description });

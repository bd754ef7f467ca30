import { resolve } from 'node:path';
import { DeltaStreamError } from '../kit/errors.ts';
import { type SettingSchema, settingProblem } from '../kit/settings-fragment.ts';
import { SECRET_SETTINGS, SETTINGS, type Settings } from './compose.ts';
import { DEFAULT_ORIGIN, flagName, givenValues, type Origin } from './sources.ts';

export interface EffectiveSettings {
  readonly settings: Settings;
  /** By setting: where its value came from. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** What was given by a former name, for people to read. */
  readonly deprecated: readonly string[];
}

/** The settings that hold. Throws `invalid_setting` that names the setting, its value and its origin. */
export function readSettings(
  flags: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv = process.env,
): Settings {
  return effectiveSettings(flags, environment).settings;
}

export function effectiveSettings(
  flags: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv = process.env,
): EffectiveSettings {
  const file = flags.config ?? environment.DELTASTREAM_CONFIG;
  const given = givenValues([...SETTINGS.keys()], SECRET_SETTINGS, {
    flags,
    environment,
    file: file === undefined ? null : String(file),
  });
  const values: Record<string, unknown> = {};
  const origins = new Map<string, Origin>();
  for (const [name, schema] of SETTINGS) {
    const found = given.get(name);
    const value = found ? parsed(found.value, schema) : schema.default;
    if (value === undefined) continue;
    values[name] = value;
    origins.set(name, found?.origin ?? DEFAULT_ORIGIN);
    const problem = settingProblem(schema, value);
    if (problem === null) continue;
    const shown = shownValue(name, value);
    throw new DeltaStreamError(
      'invalid_setting',
      `--${flagName(name)} ${shown} ${problem} (from ${origins.get(name)})`,
    );
  }
  const deprecated = renameFormer(values, origins, new Set(given.keys()));
  const settings = values as unknown as Settings;
  return { settings: { ...settings, data: resolve(settings.data) }, origins, deprecated };
}

/** Gives the values of former names to the settings of today. Throws `invalid_setting` where one is given by both. */
function renameFormer(
  values: Record<string, unknown>,
  origins: Map<string, Origin>,
  given: ReadonlySet<string>,
): string[] {
  const deprecated: string[] = [];
  for (const [name, { replacedBy, replacedWhere }] of SETTINGS) {
    if (replacedBy === undefined || !given.has(name)) continue;
    const origin = origins.get(name) ?? DEFAULT_ORIGIN;
    const today = replacedBy.map((each) => `--${flagName(each)}`).join(' and ');
    if (replacedWhere && !new RegExp(replacedWhere.pattern).test(String(values[replacedWhere.setting]))) {
      const where = `--${flagName(replacedWhere.setting)}`;
      deprecated.push(
        `--${flagName(name)} is a former name of ${today} and has no effect with this ${where} (from ${origin})`,
      );
      continue;
    }
    for (const each of replacedBy) {
      if (given.has(each)) {
        const both = `--${flagName(name)} is a former name of ${today}, of which --${flagName(each)} is given, too`;
        throw new DeltaStreamError('invalid_setting', `${both}: leave it out (from ${origin})`);
      }
      values[each] = values[name];
      origins.set(each, origin);
    }
    deprecated.push(`--${flagName(name)} is a former name: use ${today} (from ${origin})`);
  }
  return deprecated;
}

/** The value of a setting for people to read: of a secret one what may be seen. */
export function shownValue(name: string, value: unknown): string {
  if (!SECRET_SETTINGS.has(name)) return JSON.stringify(value);
  return JSON.stringify(
    Array.isArray(value) ? value.map((item) => masked(String(item))) : masked(String(value)),
  );
}

/** Places of this process alone, which carry no credentials. */
const OWN_PLACES: ReadonlySet<string> = new Set(['memory:', 'sqlite:']);

/** A URL without its password; of what names no host nothing but its scheme. */
export function masked(url: string): string {
  if (OWN_PLACES.has(url)) return url;
  if (!URL.canParse(url) || new URL(url).host === '') return `${/^[a-z]+:/.exec(url)?.[0] ?? ''}***`;
  const parsedUrl = new URL(url);
  if (parsedUrl.password !== '') parsedUrl.password = '***';
  return parsedUrl.href;
}

/** Text from a command line or environment as the type its schema asks for; unchanged when it does not fit. */
function parsed(given: unknown, schema: SettingSchema): unknown {
  if (typeof given !== 'string') return given;
  const kinds = [schema, ...(schema.anyOf ?? [])].map(({ type }) => type);
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

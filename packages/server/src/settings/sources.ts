import { DeltaStreamError, reasonOf } from '../kit/errors.ts';
import { readUserFile } from '../kit/files/user-file.ts';

/** Where a setting's value came from, in words. */
export type Origin = string;

export interface GivenValue {
  readonly value: unknown;
  readonly origin: Origin;
}

export const DEFAULT_ORIGIN: Origin = 'default';

export interface SettingSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: NodeJS.ProcessEnv;
  /** Path of a JSON file with settings by name; null for none. */
  readonly file: string | null;
}

/**
 * The value of each setting that was given: a flag before the environment before the file. A setting of
 * `inFiles` may also be given as the path of a file that holds it (`--bus-file`, `..._BUS_FILE`,
 * `"busFile"`), so that a secret need not stand on a command line. Throws `invalid_setting`.
 */
export function givenValues(
  names: readonly string[],
  inFiles: ReadonlySet<string>,
  { flags, environment, file }: SettingSources,
): Map<string, GivenValue> {
  const fromFile = file === null ? {} : readConfigFile(file, names, inFiles);
  const levels = [
    { of: (name: string) => flags[name], origin: (name: string) => `flag --${flagName(name)}` },
    {
      of: (name: string) => environment[environmentName(name)],
      origin: (name: string) => `environment, ${environmentName(name)}`,
    },
    { of: (name: string) => fromFile[name], origin: (name: string) => `file ${file}, "${name}"` },
  ];
  const found = new Map<string, GivenValue>();
  for (const name of names) {
    for (const { of, origin } of levels) {
      const value = of(name);
      const path = inFiles.has(name) ? of(`${name}File`) : undefined;
      if (value !== undefined && path !== undefined) {
        throw invalid(name, `is given twice: by ${origin(name)} and by ${origin(`${name}File`)}`);
      }
      if (value !== undefined) found.set(name, { value, origin: origin(name) });
      else if (path !== undefined) {
        found.set(name, { value: contents(name, String(path)), origin: origin(`${name}File`) });
      }
      if (found.has(name)) break;
    }
  }
  return found;
}

export const flagName = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const environmentName = (name: string): string =>
  `DELTASTREAM_${flagName(name).replaceAll('-', '_').toUpperCase()}`;

function readConfigFile(
  path: string,
  names: readonly string[],
  inFiles: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  let read: unknown;
  try {
    read = JSON.parse(readUserFile(path));
  } catch (cause) {
    throw new DeltaStreamError('invalid_setting', `--config ${path}: ${reasonOf(cause)}`, { cause });
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw new DeltaStreamError('invalid_setting', `--config ${path}: is not an object of settings`);
  }
  const known = new Set([...names, ...[...inFiles].map((name) => `${name}File`)]);
  const unknown = Object.keys(read).find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new DeltaStreamError('invalid_setting', `--config ${path}: there is no setting "${unknown}"`);
  }
  return read as Record<string, unknown>;
}

function contents(name: string, path: string): string {
  try {
    return readUserFile(path).trim();
  } catch (cause) {
    throw invalid(`${name}File`, `cannot be read: ${reasonOf(cause)}`, cause);
  }
}

const invalid = (name: string, what: string, cause?: unknown) =>
  new DeltaStreamError('invalid_setting', `--${flagName(name)} ${what}`, { cause });

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LogAlertRule } from '@deltastream/contracts';
import Schema from 'typebox/schema';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { writeJsonFile } from '../../../kit/files/json-file.ts';
import { setAside } from '../../../kit/files/set-aside.ts';
import { readUserFile } from '../../../kit/files/user-file.ts';

export interface KnownRule {
  readonly id: string;
  /** `file`: of the setting, and only changed there. */
  readonly origin: 'file' | 'api';
  readonly rule: LogAlertRule;
}

/** Rules of the file of a setting. Throws `invalid_setting` that says which of them is wrong. */
export function rulesOfFile(path: string): KnownRule[] {
  const rules = parsed(path);
  const known = new Map<string, KnownRule>();
  for (const [i, rule] of rules.entries()) {
    if (!Schema.Check(LogAlertRule, rule)) {
      const [{ instancePath, message }] = Schema.Errors(LogAlertRule, rule)[1];
      throw invalid(path, `rule ${i + 1}${instancePath.replaceAll('/', '.')}: ${message}`);
    }
    const id = `file-${rule.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
    if (known.has(id)) throw invalid(path, `rule ${i + 1} has the name of another: ${rule.name}`);
    known.set(id, { id, origin: 'file', rule });
  }
  return [...known.values()];
}

function parsed(path: string): unknown[] {
  let read: unknown;
  try {
    read = JSON.parse(readUserFile(path));
  } catch (cause) {
    throw invalid(path, reasonOf(cause), cause);
  }
  if (!Array.isArray(read)) throw invalid(path, 'is not an array of rules');
  return read;
}

const invalid = (path: string, what: string, cause?: unknown) =>
  new DeltaStreamError('invalid_setting', `--log-alerts ${path}: ${what}`, { cause });

/** Rules that administrators made, kept in one file that is replaced as one. */
export interface StoredRules {
  /** Under which name a file is kept that could not be read; null: it could. */
  readonly keptAside: string | null;
  all(): readonly KnownRule[];
  /** Durable when it resolves; rejects with `unavailable` where it cannot be written, and nothing is changed. */
  put(id: string, rule: LogAlertRule): Promise<void>;
  remove(id: string): Promise<void>;
}

export const newRuleId = (): string => randomBytes(8).toString('hex');

/** A file that cannot be read is kept aside under another name. */
export function openStoredRules(path: string): StoredRules {
  let rules = new Map<string, KnownRule>();
  let last: Promise<unknown> = Promise.resolve();
  const found = readStored(path);
  const keptAside = found === null ? setAside(path) : null;
  if (found !== null) rules = new Map(found.map((known) => [known.id, known]));

  /** One change at a time: each is of what the one before left. */
  const change = (make: (changed: Map<string, KnownRule>) => void): Promise<void> => {
    const done = last.then(async () => {
      const changed = new Map(rules);
      make(changed);
      try {
        await writeJsonFile(path, { rules: Array.from(changed.values(), ({ id, rule }) => ({ id, rule })) });
      } catch (cause) {
        throw new DeltaStreamError('unavailable', 'rules cannot be written', { cause });
      }
      rules = changed;
    });
    last = done.catch(() => undefined);
    return done;
  };
  return {
    keptAside,
    all: () => [...rules.values()],
    put: (id, rule) => change((changed) => changed.set(id, { id, origin: 'api', rule })),
    remove: (id) => change((changed) => changed.delete(id)),
  };
}

/** Null where the file is there and does not say rules. */
function readStored(path: string): KnownRule[] | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    return null;
  }
  try {
    const { rules } = JSON.parse(text) as { rules: { id: string; rule: LogAlertRule }[] };
    return rules.every(({ id, rule }) => typeof id === 'string' && Schema.Check(LogAlertRule, rule))
      ? rules.map(({ id, rule }) => ({ id, origin: 'api', rule }))
      : null;
  } catch {
    return null;
  }
}

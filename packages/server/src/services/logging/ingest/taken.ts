import { LAST_INSTANT_MS } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { LogEntry, LogLevel } from '../../../ports/stores/logs/log-store.ts';
import { fieldsWithoutSecrets } from './redact.ts';

/** What is read of a body: entries, and what could not be one. */
export interface Taken {
  readonly entries: LogEntry[];
  readonly refused: { readonly line: number; readonly reason: string }[];
  /** Throws `payload_too_large` for one more than are taken, as `refuse` does, or when they are too long together. */
  keep(entry: LogEntry): void;
  refuse(line: number, reason: string): void;
}

export interface TakenBounds {
  readonly maxLines: number;
  /** Of messages and fields together: attributes of a resource, or labels, are in each of its lines. */
  readonly maxCharacters: number;
}

/** An entry as it is stored, and the characters of its message and fields. */
export type Finished = readonly [entry: LogEntry, characters: number];

/** Bounds hold while a body is read: a small one may stand for far more lines, or characters, than it has itself. */
export function createTaken(
  { maxLines, maxCharacters }: TakenBounds,
  finish: (entry: LogEntry) => Finished,
): Taken {
  const taken: Pick<Taken, 'entries' | 'refused'> = { entries: [], refused: [] };
  let total = 0;
  const makeRoom = () => {
    if (taken.entries.length + taken.refused.length < maxLines) return;
    throw new DeltaStreamError(
      'payload_too_large',
      `the body has more than the ${maxLines} lines that are taken at a time`,
    );
  };
  return {
    ...taken,
    keep(entry) {
      makeRoom();
      const [finished, characters] = finish(entry);
      total += characters;
      if (total > maxCharacters)
        throw new DeltaStreamError(
          'payload_too_large',
          `the lines of the body have more than ${maxCharacters} characters together; send fewer at a time`,
        );
      taken.entries.push(finished);
    },
    refuse(line, reason) {
      makeRoom();
      taken.refused.push({ line, reason });
    },
  };
}

/** What stands in each of many lines, where it is not too long for one. */
export function withinLine(fields: Record<string, unknown>, maxLine: number): Record<string, unknown> {
  const shallow = fieldsWithoutSecrets(fields);
  const characters = JSON.stringify(shallow).length;
  return characters > maxLine ? { fields_left_out_of_characters: characters } : shallow;
}

/** What a number or text of nanoseconds stands for, in epoch milliseconds; null: no instant. A number loses digits. */
export function msOfNanos(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? within(value / 1e6) : null;
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) return null;
  return within(Number(BigInt(value) / 1_000n) / 1_000);
}

const within = (ms: number): number | null => (ms <= LAST_INSTANT_MS ? ms : null);

/** Names that collectors give levels; others are `info`. */
const LEVEL_NAMES: ReadonlyMap<string, LogLevel> = new Map(
  Object.entries({
    trace: 'trace',
    debug: 'debug',
    dbug: 'debug',
    info: 'info',
    information: 'info',
    notice: 'info',
    warn: 'warn',
    warning: 'warn',
    error: 'error',
    err: 'error',
    eror: 'error',
    fatal: 'fatal',
    critical: 'fatal',
    crit: 'fatal',
    alert: 'fatal',
    emerg: 'fatal',
    panic: 'fatal',
  } as const),
);

export const levelNamed = (name: unknown): LogLevel =>
  (typeof name === 'string' ? LEVEL_NAMES.get(name.toLowerCase()) : undefined) ?? 'info';

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Items of what should be an array; none where it is not there. */
export const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A hexadecimal identifier of that many digits, in small letters; null where it is none, or all zeros. */
export function hexId(value: unknown, digits: number): string | null {
  if (typeof value !== 'string' || value.length !== digits || !/^[0-9a-fA-F]+$/.test(value)) return null;
  return /^0+$/.test(value) ? null : value.toLowerCase();
}

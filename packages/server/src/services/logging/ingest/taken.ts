import { LAST_INSTANT_MS } from '@deltastream/contracts';
import type { LogEntry, LogLevel } from '../../../ports/stores/log-store.ts';

/** What is read of a body: entries, and what could not be one. */
export interface Taken {
  readonly entries: LogEntry[];
  readonly refused: { readonly line: number; readonly reason: string }[];
}

/** What a number or text of nanoseconds stands for, in epoch milliseconds; null: no instant. A number loses digits. */
export function msOfNanos(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? within(value / 1e6) : null;
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) return null;
  return within(Number(BigInt(value) / 1_000n) / 1_000);
}

const within = (ms: number): number | null => (ms <= LAST_INSTANT_MS ? ms : null);

/** Names that collectors give levels; others are `info`. */
const LEVEL_NAMES: Readonly<Record<string, LogLevel>> = {
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
};

export const levelNamed = (name: unknown): LogLevel =>
  (typeof name === 'string' ? LEVEL_NAMES[name.toLowerCase()] : undefined) ?? 'info';

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Items of what should be an array; none where it is not there. */
export const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A hexadecimal identifier of that many digits, in small letters; null where it is none, or all zeros. */
export function hexId(value: unknown, digits: number): string | null {
  if (typeof value !== 'string' || value.length !== digits || !/^[0-9a-fA-F]+$/.test(value)) return null;
  return /^0+$/.test(value) ? null : value.toLowerCase();
}

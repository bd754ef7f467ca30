import { LAST_INSTANT_MS, LOG_LEVELS } from '@deltastream/contracts';
import { type LogEntry, type LogLevel, splitContext } from '../../ports/stores/log-store.ts';

/** Characters of a line beyond which its fields are left out, and of a message beyond which it is cut. */
export interface LineLimits {
  readonly maxLine: number;
  readonly maxMessage: number;
}

const UNNAMED_SERVICE = 'deltastream';

/**
 * The entry a line of pino's JSON stands for. A line that is no JSON object, such as what a library prints,
 * becomes the message of an `info` entry; a line that is too long keeps everything but its fields.
 */
export function parseLogLine(line: string, { maxLine, maxMessage }: LineLimits, nowMs: number): LogEntry {
  const entry = entryOfObject(objectOf(line) ?? { msg: line.trimEnd() }, nowMs);
  return {
    ...entry,
    message: entry.message.slice(0, maxMessage),
    fields: line.length > maxLine ? { fields_left_out_of_characters: line.length } : entry.fields,
  };
}

/** The entry an object of a line stands for, however long it is. */
export function entryOfObject(given: Readonly<Record<string, unknown>>, nowMs: number): LogEntry {
  const { level, time, timestamp, service, msg, message, ...rest } = given;
  return {
    timestamp: instantOf(time ?? timestamp) ?? nowMs,
    level: levelOf(level),
    service: typeof service === 'string' ? service : UNNAMED_SERVICE,
    message: messageOf(msg ?? message),
    ...splitContext(rest),
  };
}

const messageOf = (given: unknown): string => (typeof given === 'string' ? given : '');

/** A number of milliseconds or an ISO text; null when it is not a timestamp that a date can hold. */
function instantOf(given: unknown): number | null {
  const epochMs = typeof given === 'string' && given.includes('T') ? Date.parse(given) : given;
  const isInstant = typeof epochMs === 'number' && epochMs >= 0 && epochMs <= LAST_INSTANT_MS;
  return isInstant ? Math.trunc(epochMs) : null;
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** By name, or as pino numbers them, 10, 20, ... 60; a level between two counts as the lower one. */
function levelOf(level: unknown): LogLevel {
  if (typeof level === 'string') return LOG_LEVELS.find((name) => name === level.toLowerCase()) ?? 'info';
  if (typeof level !== 'number' || Number.isNaN(level)) return 'info';
  return LOG_LEVELS[Math.min(Math.max(Math.floor(level / 10), 1), LOG_LEVELS.length) - 1];
}

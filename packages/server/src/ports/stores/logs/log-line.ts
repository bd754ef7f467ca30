import {
  type LineBatch,
  type LineRules,
  type LogEntry,
  type LoggedLines,
  type LogLevel,
  splitContext,
} from './log-store.ts';

/** Names of levels, ascending: a thread of a store is given them, for it loads nothing of the contracts. */
type Levels = readonly LogLevel[];

const UNNAMED_SERVICE = 'deltastream';

/**
 * The entry a line of pino's JSON stands for. A line that is no JSON object, such as what a library prints,
 * becomes the message of an `info` entry; a line that is too long keeps everything but its fields.
 */
export function parseLogLine(
  line: string,
  { maxLine, maxMessage, nowMs }: LineRules,
  levels: Levels,
): LogEntry {
  const entry = entryOfObject(objectOfLine(line), nowMs, levels);
  const isLong = line.length > maxLine;
  if (!isLong && entry.message.length <= maxMessage) return entry;
  return {
    ...entry,
    message: entry.message.slice(0, maxMessage),
    fields: isLong ? { fields_left_out_of_characters: line.length } : entry.fields,
  };
}

/** The entry an object of a line stands for, however long it is. */
export function entryOfObject(
  given: Readonly<Record<string, unknown>>,
  nowMs: number,
  levels: Levels,
): LogEntry {
  const { level, time, timestamp, service, msg, message, ...rest } = given;
  return {
    timestamp: instantOf(time ?? timestamp) ?? nowMs,
    level: levelOf(level, levels),
    service: typeof service === 'string' ? service : UNNAMED_SERVICE,
    message: messageOf(msg ?? message),
    ...splitContext(rest),
  };
}

/** Each line of a batch, with its end. */
export function linesOfBatch({ bytes }: LineBatch): string[] {
  const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\n');
  lines.pop();
  return lines.map((line) => `${line}\n`);
}

/** Each of them by itself. */
export const eachLine = (lines: readonly LoggedLines[]): string[] =>
  lines.flatMap((each) => (typeof each === 'string' ? each : linesOfBatch(each)));

/** How many they are. */
export const countLines = (lines: readonly LoggedLines[]): number =>
  lines.reduce((sum, each) => sum + (typeof each === 'string' ? 1 : each.count), 0);

/** What a line says; one that is no JSON object is a message. */
export function objectOfLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // Falls through to what it is then.
  }
  return { msg: line.trimEnd() };
}

const messageOf = (given: unknown): string => (typeof given === 'string' ? given : '');

/** A number of milliseconds or an ISO text; null when it is not a timestamp that a date can hold. */
function instantOf(given: unknown): number | null {
  const epochMs = typeof given === 'string' && given.includes('T') ? Date.parse(given) : given;
  const isInstant = typeof epochMs === 'number' && epochMs >= 0 && !Number.isNaN(new Date(epochMs).getTime());
  return isInstant ? Math.trunc(epochMs) : null;
}

/** By name, or as pino numbers them, 10, 20, ... 60; a level between two counts as the lower one. */
function levelOf(level: unknown, levels: Levels): LogLevel {
  if (typeof level === 'string') {
    const small = level.toLowerCase();
    return levels.find((name) => name === small) ?? 'info';
  }
  if (typeof level !== 'number' || Number.isNaN(level)) return 'info';
  return levels[Math.min(Math.max(Math.floor(level / 10), 1), levels.length) - 1];
}

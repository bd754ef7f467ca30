import type { LogEvent } from '@deltastream/contracts';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { COLUMNS, type Column, KEYS, type Key } from '../messages.ts';

/**
 * A line of a segment: JSON with what it was about before its message, and its fields last, so that a search looks from
 * `SEARCHED_FROM` on, and an identifier of 32 digits is not taken for text.
 */
export interface StoredLine {
  readonly timestamp: number;
  readonly level: string;
  readonly service: string;
  readonly event?: string;
  readonly request_id?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly user_id?: string;
  readonly product?: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** JSON escapes quotes in values, so that this is at one place of a line only. */
export const SEARCHED_FROM = ',"message":';

/** The line of an entry, with its end. */
export function storedLine({ timestamp, level, service, message, fields, ...context }: LogEntry): string {
  const about: Record<string, unknown> = { timestamp: Math.trunc(timestamp), level, service };
  for (const name of CONTEXT) if (context[name] !== null) about[name] = context[name];
  about.message = message;
  about.fields = fields;
  return `${JSON.stringify(about)}\n`;
}

const CONTEXT = Object.keys(NO_CONTEXT) as (keyof typeof NO_CONTEXT)[];

/** A line that was damaged where it lies is an entry that says so, with its text: it costs no other. */
export function parseStored(line: string): StoredLine {
  try {
    const read = JSON.parse(line) as StoredLine;
    if (
      Number.isFinite(read.timestamp) &&
      [read.level, read.service, read.message].every((text) => typeof text === 'string') &&
      typeof read.fields === 'object' &&
      read.fields !== null
    )
      return read;
  } catch {
    // Falls through to what is said of it.
  }
  return {
    ...{ timestamp: 0, level: 'error', service: 'logging', message: 'a stored line is damaged' },
    event: 'log_line_damaged' satisfies LogEvent,
    fields: { line: line.slice(0, DAMAGED_CHARACTERS) },
  };
}

/** Shown of a damaged line: enough to tell what it was. */
const DAMAGED_CHARACTERS = 1_000;

/** What of a line its block is found and counted by. */
export type IndexedLine = Pick<StoredLine, 'timestamp' | 'level'> &
  Readonly<Partial<Record<Column | Key, string | null>>>;

export const namedText = (line: IndexedLine, name: Column | Key): string | null => line[name] ?? null;

export const isColumn = (name: string): name is Column => (COLUMNS as readonly string[]).includes(name);

export const isKey = (name: string): name is Key => (KEYS as readonly string[]).includes(name);

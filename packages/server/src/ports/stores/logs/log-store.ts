import type { LOG_LEVELS } from '@deltastream/contracts';

/**
 * Log entries, kept for a number of days and bytes; the oldest go first.
 *
 * Guarantees, for every adapter (log-store.contract.ts): `append` keeps the order of its entries, and what it resolved
 * for survives a crash of the process; a query or count sees every entry whose append was resolved before.
 */
export interface LogStore {
  append(entries: readonly LogEntry[]): Promise<void>;
  /** The same with the entries that lines of loggers stand for, as `parseLogLine` reads them; where they are read costs the caller nothing. */
  appendLines(lines: readonly LoggedLines[], rules: LineRules): Promise<void>;
  /** In the order that is asked for; the newest by id first without one. */
  query(filter: LogFilter): Promise<StoredLogEntry[]>;
  /**
   * The same, up to so many characters: the first entries in that order, fewer than the limit where more would be too long
   * together; the first in any case.
   */
  page(filter: LogFilter, maxCharacters: number): Promise<LogPage>;
  /** Numbers of entries, by step, then the largest first; groups without any are left out. Rejects with `invalid_request` for too many groups. */
  count(filter: LogCriteria, grouping: LogGrouping): Promise<LogGroup[]>;
  /** Why entries cannot be kept or found at this moment; null when they can, as far as is known. */
  problem(): string | null;
  close(): Promise<void>;
}

/** Complete lines of loggers in UTF-8, each with its end and without another line break. */
export interface LineBatch {
  readonly bytes: Uint8Array;
  /** How many lines. */
  readonly count: number;
}

/** A line of a logger, or many of them at once, which costs less. */
export type LoggedLines = string | LineBatch;

/** How lines are read. */
export interface LineRules {
  /** Characters of a line beyond which its fields are left out. */
  readonly maxLine: number;
  /** Characters of a message beyond which it is cut. */
  readonly maxMessage: number;
  /** Epoch ms, for a line that does not say when it was. */
  readonly nowMs: number;
}

export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * What an entry was about, by the names it has everywhere: in a line, in a store and in a response. Each is null
 * where the line says nothing of it.
 */
export interface LogContext {
  /** What happened, in snake_case. */
  readonly event: string | null;
  readonly request_id: string | null;
  /** 32 hexadecimal digits. */
  readonly trace_id: string | null;
  /** 16 hexadecimal digits. */
  readonly span_id: string | null;
  readonly user_id: string | null;
  readonly product: string | null;
}

export const NO_CONTEXT: LogContext = {
  event: null,
  request_id: null,
  trace_id: null,
  span_id: null,
  user_id: null,
  product: null,
};

export interface LogEntry extends LogContext {
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly level: LogLevel;
  readonly service: string;
  readonly message: string;
  /** All else that the line says. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Splits what a line says beside its message; a name of the context whose value is no string stays a field. */
export function splitContext(
  all: Readonly<Record<string, unknown>>,
): Pick<LogEntry, keyof LogContext | 'fields'> {
  const { event, request_id, trace_id, span_id, user_id, product, ...rest } = all;
  const fields: Record<string, unknown> = rest;
  const given = { event, request_id, trace_id, span_id, user_id, product };
  const context: Record<string, string | null> = { ...NO_CONTEXT };
  for (const name in NO_CONTEXT) {
    const value = given[name as keyof LogContext];
    if (typeof value === 'string') context[name] = value;
    else if (value !== null && value !== undefined) fields[name] = value;
  }
  return { ...(context as unknown as LogContext), fields };
}

/** The value of a field as text; `a.b` is `b` in the object `a`, unless a field has that very name. Null: there is none. */
export function fieldText(fields: Readonly<Record<string, unknown>>, path: string): string | null {
  let value: unknown = fields;
  if (Object.hasOwn(fields, path)) value = fields[path];
  else {
    for (const name of path.split('.')) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
      value = (value as Record<string, unknown>)[name];
    }
  }
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export interface StoredLogEntry extends LogEntry {
  /** Rises with every entry appended. */
  readonly id: number;
}

/** What entries must be; a criterion that is left out holds for all. */
export interface LogCriteria {
  readonly minLevel?: LogLevel;
  readonly levels?: readonly LogLevel[];
  readonly service?: string;
  readonly event?: string;
  readonly product?: string;
  readonly userId?: string;
  readonly requestId?: string;
  readonly traceId?: string;
  /** Each is in the message or in the fields written as JSON, whatever the case. */
  readonly texts?: readonly string[];
  /** Fields that have these values, as text; `a.b` is the field `b` of the object `a`. */
  readonly fields?: readonly { readonly path: string; readonly value: string }[];
  readonly fromMs?: number;
  /** Exclusive. */
  readonly toMs?: number;
  /** Entries with a smaller id only. */
  readonly beforeId?: number;
}

export interface LogFilter extends LogCriteria {
  readonly limit: number;
  /** By time, or by id, the newest first: the order of storing. */
  readonly order?: 'id' | 'newest' | 'oldest';
}

export interface LogPage {
  readonly entries: StoredLogEntry[];
  /** Entries within the limit were left out, because they are too long together. */
  readonly isCut: boolean;
}

export interface LogGrouping {
  /** Names of an entry (`level`, `service`, `event`, `product`, `user_id`, ...) or paths of fields. */
  readonly by: readonly string[];
  /** Steps of so many milliseconds since the epoch; null: one over all. */
  readonly stepMs: number | null;
  readonly maxGroups: number;
}

export interface LogGroup {
  /** Start of the step; null where there are no steps. */
  readonly fromMs: number | null;
  /** By the names, in their order; null where an entry has no such value. */
  readonly values: readonly (string | null)[];
  readonly count: number;
}

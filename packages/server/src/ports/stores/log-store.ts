import type { LOG_LEVELS } from '@deltastream/contracts';

/**
 * Log entries, kept up to a bound of rows; the oldest go first.
 *
 * Guarantees, for every adapter (log-store.contract.ts): `append` keeps the order of its entries;
 * `query` resolves with the newest first.
 */
export interface LogStore {
  append(entries: readonly LogEntry[]): Promise<void>;
  query(filter: LogFilter): Promise<StoredLogEntry[]>;
  /** Why entries cannot be kept or found at this moment; null when they can, as far as is known. */
  problem(): string | null;
  close(): Promise<void>;
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
  const context: Record<string, string | null> = { ...NO_CONTEXT };
  const fields: Record<string, unknown> = { ...all };
  for (const name in NO_CONTEXT) {
    const value = fields[name];
    if (typeof value !== 'string' && value !== null) continue;
    context[name] = value;
    delete fields[name];
  }
  return { ...(context as unknown as LogContext), fields };
}

/** The reverse of `splitContext`, without the names that say nothing. */
export function joinContext(entry: LogEntry): Record<string, unknown> {
  const all: Record<string, unknown> = { ...entry.fields };
  for (const name in NO_CONTEXT) {
    const value = entry[name as keyof LogContext];
    if (value !== null) all[name] = value;
  }
  return all;
}

export interface StoredLogEntry extends LogEntry {
  /** Rises with every entry appended. */
  readonly id: number;
}

export interface LogFilter {
  readonly minLevel?: LogLevel;
  readonly service?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Entries with a smaller id only. */
  readonly beforeId?: number;
  readonly limit: number;
}

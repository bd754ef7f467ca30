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

export interface LogEntry {
  readonly timestamp: number;
  readonly level: LogLevel;
  readonly service: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
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

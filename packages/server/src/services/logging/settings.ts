export interface LoggingSettings {
  /** How often waiting entries are stored. */
  readonly flushIntervalMs: number;
  /** Entries stored in one append. */
  readonly batchEntries: number;
  /** Entries and characters that may wait to be stored; beyond either the oldest go. */
  readonly bufferEntries: number;
  readonly bufferCharacters: number;
  /** A longer line loses its fields; a longer message is cut. */
  readonly maxLine: number;
  readonly maxMessage: number;
  /** How long `stop` tries to store what waits. */
  readonly stopTimeoutMs: number;
}

export const LOGGING_DEFAULTS: LoggingSettings = {
  flushIntervalMs: 250,
  batchEntries: 1000,
  bufferEntries: 10_000,
  bufferCharacters: 16 * 1024 * 1024,
  maxLine: 16 * 1024,
  maxMessage: 4096,
  stopTimeoutMs: 5000,
};

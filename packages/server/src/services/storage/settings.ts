export interface StorageSettings {
  /** Messages handled at the same time, per stream; enough for a batch to fill while one is written. */
  readonly concurrency: number;
  /** Messages written with one put, at most. */
  readonly batchMessages: number;
  /** Longest a message waits for others to be written with. */
  readonly batchMs: number;
  /** First wait after a failed put; doubles up to the longest. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
  /** How long `stop` tries to write what was taken from the bus. */
  readonly stopTimeoutMs: number;
  /** How long the latest chain stays in the cache. */
  readonly cacheTtlMs: number;
  /** How long the lists of products and expiries are remembered; own writes are seen at once. */
  readonly catalogueTtlMs: number;
  /** What the data is called that is kept here; messages of another are refused; null: all are taken. */
  readonly dataset: string | null;
  /** How long readiness names the dataset that was refused last. */
  readonly refusalShownMs: number;
  /** Shortest time between two lines about one reason for which nothing is stored; the rest is a number. */
  readonly failureLoggedMs: number;
  /** Whether to consume although another store did so before. */
  readonly takeOver: boolean;
}

export const STORAGE_DEFAULTS: StorageSettings = {
  concurrency: 128,
  batchMessages: 64,
  batchMs: 5,
  retryMs: 100,
  maxRetryMs: 5000,
  stopTimeoutMs: 5000,
  cacheTtlMs: 300_000,
  catalogueTtlMs: 1000,
  dataset: null,
  refusalShownMs: 60_000,
  failureLoggedMs: 60_000,
  takeOver: false,
};

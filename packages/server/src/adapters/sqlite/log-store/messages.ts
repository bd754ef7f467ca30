/** What crosses between the log store and its worker thread. */
export interface WorkerSettings {
  readonly file: string;
  readonly maxRows: number;
  readonly busyTimeoutMs: number;
  /** The index of the level of an entry that tells of damage. */
  readonly errorSeverity: number;
}

/** timestamp, severity (index into the levels), service, message, fields as JSON. */
export type LogRow = readonly [number, number, string, string, string];

export interface RowFilter {
  readonly minSeverity: number;
  readonly service: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly beforeId: number;
  readonly limit: number;
}

export type StoredRow = readonly [id: number, ...LogRow];

export type Request =
  | { readonly kind: 'append'; readonly rows: readonly LogRow[] }
  | { readonly kind: 'query'; readonly filter: RowFilter };

export interface WriterSettings {
  readonly folder: string;
  readonly synchronous: 'full' | 'normal';
  readonly busyTimeoutMs: number;
  /** Hot files kept open for writing; late rows open their own day's file. */
  readonly maxOpenDays: number;
  /** Bytes of a log beyond which its file is named to be checkpointed. */
  readonly checkpointBytes: number;
  /** main.db is checked at the start when it has at most so many bytes. */
  readonly checkBytes: number;
  /** Hot files are checked at the start, the newest first, while they have at most so many bytes together. */
  readonly checkDayBytes: number;
}

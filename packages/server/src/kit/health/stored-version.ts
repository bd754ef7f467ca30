/** A file or database of stored data, as this release finds it. */
export interface StoredVersion {
  /** What is kept there, and where within what the settings name: `users.db`, `recorded/main.db`. */
  readonly store: string;
  /** Of its schema; 0: none yet, or of a release that wrote none; null when it cannot be told. */
  readonly version: number | null;
  /** The version that this release brings it to. */
  readonly newest: number;
  /** What the steps between the two bring, in order. */
  readonly steps: readonly string[];
  /** Why this release would not open it, and what to do; null when it would. */
  readonly refusal: string | null;
}

/** Why stored data of a newer schema is refused. It loads nothing, so that a worker thread can use it. */
export const newerSchema = (version: number, newest: number): string =>
  `its schema version is ${version} and this release knows ${newest}: a newer release has written it; ` +
  'upgrade DeltaStream, or restore a backup from before; nothing was changed';

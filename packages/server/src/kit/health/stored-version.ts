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

/** One that this release opens, and brings up to date by the steps of its schema that are left. */
export const openedVersion = (
  store: string,
  version: number,
  steps: readonly { readonly what: string }[],
): StoredVersion => ({
  store,
  version,
  newest: steps.length,
  steps: steps.slice(version).map(({ what }) => what),
  refusal: null,
});

/** One that it would not open. */
export const refusedVersion = (store: string, newest: number, refusal: string): StoredVersion => ({
  store,
  version: null,
  newest,
  steps: [],
  refusal,
});

/** Why stored data of a newer schema is refused. It loads nothing, so that a worker thread can use it. */
export const newerSchema = (version: number, newest: number): string =>
  `its schema version is ${version} and this release knows ${newest}: a newer release has written it; ` +
  'upgrade DeltaStream, or restore a backup from before; nothing was changed';

/** A line for each store, and one for each step it lacks. */
export function storedVersionsTable(stores: readonly StoredVersion[]): string {
  const width = Math.max(0, ...stores.map(({ store }) => store.length));
  const lines = stores.flatMap(({ store, version, newest, steps, refusal }) => [
    `${store.padEnd(width)}  version ${version ?? '?'} of ${newest}  ${refusal === null ? resultOf(steps.length) : `REFUSED: ${refusal}`}`,
    ...steps.map((what, i) => `${''.padEnd(width)}    step ${newest - steps.length + i + 1}: ${what}`),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

const resultOf = (steps: number): string => (steps === 0 ? 'up to date' : `${steps} to run`);

/** What decides between two snapshots, or two ticks, of one key. */
export interface RowVersion {
  readonly generation?: number;
  readonly epoch: string;
  readonly seq: number;
}

/**
 * The total order of versions: by generation, a number, then by epoch, a text in the order of its UTF-16 code
 * units, then by sequence number. Negative when `a` comes before `b`, 0 for the same version.
 */
export function compareVersions(a: RowVersion, b: RowVersion): number {
  const generations = (a.generation ?? 0) - (b.generation ?? 0);
  if (generations !== 0) return generations;
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}

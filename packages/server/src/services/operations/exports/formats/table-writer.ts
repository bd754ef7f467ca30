import type { TablePart } from '../column-table.ts';

/** Where in a slice a part is; what a reader looks for lies together in each slice. */
export interface SlicePlace {
  /** Rows of the slice, at most. */
  readonly rows: number;
  readonly isFirst: boolean;
}

/** Makes one file of the parts of one table. Bytes come in the order of the file, in memory of their own. */
export interface TableWriter {
  write(part: TablePart, place: SlicePlace): Iterable<Uint8Array>;
  /** What comes after the last part; also of a table without rows the file is complete. */
  finish(): Iterable<Uint8Array>;
}

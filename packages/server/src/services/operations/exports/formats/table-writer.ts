import type { TablePart } from '../column-table.ts';

/** Makes one file of the parts of one table. Bytes come in the order of the file, in memory of their own. */
export interface TableWriter {
  /** @param rowsTogether rows of the slice that the part is of: what a reader finds together is a share of it */
  write(part: TablePart, rowsTogether: number): Iterable<Uint8Array>;
  /** What comes after the last part; also of a table without rows the file is complete. */
  finish(): Iterable<Uint8Array>;
}

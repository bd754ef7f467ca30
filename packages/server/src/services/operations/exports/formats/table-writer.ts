import type { ExportFormat } from '@deltastream/contracts';
import type { TablePart } from '../column-table.ts';

/**
 * `time`: by instant, product, expiry, strike and side, as a reader of the stream wants them. `contract`: by product,
 * expiry, strike, side and instant, so that the rows of one contract lie together.
 */
export type RowOrder = 'time' | 'contract';

export const rowOrderOf = (format: ExportFormat): RowOrder => (format === 'parquet' ? 'contract' : 'time');

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

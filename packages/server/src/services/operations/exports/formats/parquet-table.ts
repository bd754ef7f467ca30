import {
  EXPORT_NOTE,
  EXPORTED_TABLES,
  type ExportKind,
  type ExportNote,
} from '@deltastream/contracts/exported-tables';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { TablePart } from '../column-table.ts';
import { elementOf, writeColumnChunk } from './parquet-chunk.ts';
import type { TableWriter } from './table-writer.ts';

/**
 * Rows of a row group: a share of the slice that they are of. A query for one contract reads a group of each slice, and
 * what the file says of all its groups; with more groups the first becomes less, and the second more.
 */
const GROUPS_OF_SLICE = 64;
const LEAST_ROWS = 1_024; // Fewer would be smaller than what the file says of them.
const MOST_ROWS = 16_384; // Some megabytes of cells at a time.

/**
 * Texts are coded by dictionary, numbers are doubles as they are, compressed with zstd. Row groups end where a contract
 * does, and say the least and greatest cell of the columns that rows are looked up by.
 */
export function createParquetWriter(kind: ExportKind): TableWriter {
  const columns = EXPORTED_TABLES[kind];
  const bytes = new ByteWriter(2 ** 20);
  const note: ExportNote & { slices: number[] } = { kind, slices: [] };
  const notes = [{ key: EXPORT_NOTE, value: '' }];
  let rows = 0;
  const file = new ParquetWriter({
    writer: bytes,
    schema: [{ name: 'export', num_children: columns.length }, ...columns.map(elementOf)],
    statisticsTruncateLength: 64,
    kvMetadata: notes,
    createdBy: 'deltastream',
  });
  const taken = (): Uint8Array => {
    const piece = bytes.getBytes().slice();
    bytes.index = 0;
    return piece;
  };
  return {
    *write(part, place) {
      if (place.isFirst) note.slices.push(rows);
      rows += part.rows;
      for (const [from, to] of groupsOf(part, place.rows)) {
        const cells = part.cells(from, to);
        const start = bytes.offset;
        const chunks = columns.map((column, i) => writeColumnChunk(bytes, column, cells[i]));
        file.row_groups.push({
          columns: chunks,
          total_byte_size: chunks.reduce(
            (sum, each) => sum + (each.meta_data?.total_uncompressed_size ?? 0n),
            0n,
          ),
          num_rows: BigInt(to - from),
          total_compressed_size: BigInt(bytes.offset - start),
        });
        file.num_rows += BigInt(to - from);
        yield taken();
      }
    },
    *finish() {
      // Written with the end of the file, when it is known.
      notes[0].value = JSON.stringify(note);
      file.finish();
      yield taken();
    },
  };
}

/** Of so many rows as are wanted, or as one strike has. */
function* groupsOf({ rows, starts }: TablePart, rowsTogether: number): Generator<readonly [number, number]> {
  const wanted = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.ceil(rowsTogether / GROUPS_OF_SLICE)));
  let from = 0;
  let end = 0;
  for (const next of [...starts, rows]) {
    // One that alone is longer is divided.
    for (; next - from > wanted; from = end) {
      if (end === from) end = from + wanted;
      yield [from, end];
    }
    end = next;
  }
  if (from < rows) yield [from, rows];
}

import { constants, zstdCompressSync } from 'node:zlib';
import {
  EXPORT_NOTE,
  EXPORTED_TABLES,
  type ExportedColumn,
  type ExportedType,
  type ExportKind,
  type ExportNote,
} from '@deltastream/contracts';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import type { Cells, TablePart } from '../column-table.ts';
import type { TableWriter } from './table-writer.ts';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

/**
 * Rows of a row group: a share of the slice that they are of. A query for one contract reads a group of each slice, and
 * what the file says of all its groups; with more groups the first becomes less, and the second more.
 */
const GROUPS_OF_SLICE = 64;
const LEAST_ROWS = 1_024; // Fewer would be smaller than what the file says of them.
const MOST_ROWS = 16_384; // Some megabytes of cells at a time.
/** Beyond the first level files become a tenth smaller, for twice the time. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const DAY_MS = 86_400_000;

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
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstdCompressSync(input, COMPRESSION) },
    statistics: false,
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
        const columnData = columns.map((column, i) => columnSource(column, cells[i]));
        file.write({ columnData, rowGroupSize: to - from, pageSize: 0 });
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

const ELEMENTS: Readonly<Record<ExportedType, Omit<SchemaElement, 'name'>>> = {
  instant: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
  date: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  number: { type: 'DOUBLE' },
  integer: { type: 'INT32' },
};

/** Of a column that may miss cells a reader has to find out which do, which takes it as long as all else. */
const elementOf = ({ name, type, isGiven }: ExportedColumn): SchemaElement => ({
  name,
  repetition_type: isGiven ? 'REQUIRED' : 'OPTIONAL',
  ...ELEMENTS[type],
});

/** Cells that are all there or all missing are given as they are: boxing them would cost more than all else. */
function columnSource({ name, type, isKey }: ExportedColumn, cells: Cells): ColumnSource {
  const data = dataOf(type, cells);
  // Neither a dictionary of nothing nor a compressed page of it is read by everyone.
  if (data === null) {
    const nothing = new Array(lengthOf(cells)).fill(null);
    return { name, data: nothing, encoding: 'PLAIN', codec: 'UNCOMPRESSED', statistics: isKey };
  }
  if (type === 'number' || type === 'integer') return { name, data, encoding: 'PLAIN', statistics: isKey };
  return { name, data, encoding: 'RLE_DICTIONARY', codec: 'UNCOMPRESSED', statistics: isKey };
}

const lengthOf = (cells: Cells): number => (cells instanceof Float64Array ? cells : cells.codes).length;

/** Null where all are missing. */
function dataOf(type: ExportedType, cells: Cells): unknown[] | Float64Array | null {
  if (!(cells instanceof Float64Array)) {
    const { codes, words } = cells;
    if (codes.every((code) => code < 0)) return null;
    return Array.from(codes, (code) => words[code] ?? null);
  }
  let missing = 0;
  for (let row = 0; row < cells.length; row++) if (Number.isNaN(cells[row])) missing += 1;
  if (missing === cells.length) return null;
  const values = type === 'date' ? cells.map((cell) => cell / DAY_MS) : cells;
  return missing === 0 ? values : Array.from(values, (cell) => (Number.isNaN(cell) ? null : cell));
}

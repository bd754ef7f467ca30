import {
  EXPORTED_TABLES,
  type ExportedColumn,
  type ExportedType,
  type ExportKind,
} from '@deltastream/contracts/exported-tables';
import {
  columnFromArray,
  type DataType,
  dateDay,
  dictionary,
  float64,
  int32,
  TimeUnit,
  tableFromColumns,
  tableToIPC,
  timestamp,
  utf8,
} from '@uwdata/flechette';
import { type Cells, partOf, tableOf } from '../column-table.ts';
import type { TableWriter } from './table-writer.ts';

const BATCH_ROWS = 16_384; // Some megabytes, which readers hold at a time.
/** What a message begins with: 0xFFFFFFFF and the length of its description. Of the last one that length is 0. */
const PREFIX_BYTES = 8;

const TYPES: Readonly<Record<ExportedType, () => DataType>> = {
  instant: () => timestamp(TimeUnit.MILLISECOND, 'UTC'),
  date: dateDay,
  text: () => dictionary(utf8()),
  number: float64,
  integer: int32,
};

/**
 * Arrow IPC in its stream format: the schema once, then batches, each with the dictionaries of its texts before it, which
 * take the place of those before.
 */
export function createArrowWriter(kind: ExportKind): TableWriter {
  const columns = EXPORTED_TABLES[kind];
  let begun = false;
  return {
    *write(part) {
      for (let from = 0; from < part.rows; from += BATCH_ROWS) {
        const stream = streamOf(columns, part.cells(from, Math.min(part.rows, from + BATCH_ROWS)));
        const end = stream.length - PREFIX_BYTES;
        yield stream.slice(begun ? schemaBytes(stream) : 0, end);
        begun = true;
      }
    },
    *finish() {
      const empty = streamOf(columns, partOf(tableOf(columns, [])).cells(0, 0));
      const end = new Uint8Array(PREFIX_BYTES).fill(0xff, 0, PREFIX_BYTES / 2);
      yield begun ? end : empty;
    },
  };
}

function streamOf(columns: readonly ExportedColumn[], cells: readonly Cells[]): Uint8Array {
  const named = columns.map(
    ({ name, type }, i) => [name, columnFromArray(valuesOf(cells[i]), TYPES[type]())] as const,
  );
  const table = tableFromColumns(named as unknown as Parameters<typeof tableFromColumns>[0]);
  return tableToIPC(table, { format: 'stream' }) as Uint8Array;
}

function valuesOf(cells: Cells): unknown[] {
  if (cells instanceof Float64Array) return Array.from(cells, (cell) => (Number.isNaN(cell) ? null : cell));
  return Array.from(cells.codes, (code) => cells.words[code] ?? null);
}

/** The first message of a stream describes its columns and has no body. */
function schemaBytes(stream: Uint8Array): number {
  return PREFIX_BYTES + new DataView(stream.buffer, stream.byteOffset).getInt32(PREFIX_BYTES / 2, true);
}

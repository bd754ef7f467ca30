import {
  EXPORTED_TABLES,
  type ExportedColumn,
  type ExportedType,
  type ExportKind,
} from '@deltastream/contracts/exported-tables';
import {
  type Batch,
  batchType,
  Column,
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
import { indexed } from './distinct-values.ts';
import type { TableWriter } from './table-writer.ts';

const DAY_MS = 86_400_000;
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
        yield stream.subarray(begun ? schemaBytes(stream) : 0, end);
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
  const named = columns.map(({ name, type }, i) => [name, columnOf(type, cells[i])] as const);
  const table = tableFromColumns(named as unknown as Parameters<typeof tableFromColumns>[0]);
  return tableToIPC(table, { format: 'stream' }) as Uint8Array;
}

/** As the library makes it of values, each of which it boxes: for most of the time of an export. */
function columnOf(exported: ExportedType, cells: Cells): Column<unknown> {
  const type = TYPES[exported]();
  const isText = !(cells instanceof Float64Array);
  const given = isText ? cells.codes : cells;
  const { length } = given;
  if (length === 0) return columnFromArray([], type);
  const { validity, nullCount } = validityOf(given);
  if (!isText) {
    const values = ARRAYS[exported](cells);
    return new Column([new (batchType(type))({ length, nullCount, type, validity, values })], type);
  }
  const { indexes, distinct } = indexed(
    nullCount === 0 ? cells.codes : cells.codes.filter((code) => code >= 0),
  );
  // Of nothing but nulls the dictionary is empty, and there nevertheless.
  const words = distinct.length === 0 ? [null] : distinct.map((code) => cells.words[code]);
  const { dictionary } = columnFromArray(words, type).data[0] as unknown as DictionaryBatch;
  const values = new Int32Array(align(length, 2));
  for (let row = 0, next = 0; row < length; row++) if (cells.codes[row] >= 0) values[row] = indexes[next++];
  const batch = new (batchType(type))({ length, nullCount, type, validity, values }) as DictionaryBatch;
  batch.setDictionary(dictionary);
  return new Column([batch], type);
}

/** Batches of texts, of which the library says no more than of others. */
interface DictionaryBatch extends Batch<unknown> {
  dictionary: Column<unknown>;
  setDictionary(dictionary: Column<unknown>): void;
}

/** Buffers end at a multiple of 8 bytes. */
const align = (length: number, together: number): number => Math.ceil(length / together) * together;

/** Bits of the cells that are there; none where all are. */
function validityOf(cells: Float64Array | Int32Array): { validity: Uint8Array; nullCount: number } {
  let nullCount = 0;
  const validity = new Uint8Array(align(cells.length, 64) / 8);
  const isText = cells instanceof Int32Array;
  for (let row = 0; row < cells.length; row++) {
    if (isText ? cells[row] < 0 : Number.isNaN(cells[row])) nullCount += 1;
    else validity[row >> 3] |= 1 << (row & 7);
  }
  return { validity: nullCount === 0 ? new Uint8Array(0) : validity, nullCount };
}

/** Of cells that are missing 0. */
function filled<Values extends Float64Array | Int32Array>(
  values: Values,
  cells: Float64Array,
  unit: number,
): Values {
  for (let row = 0; row < cells.length; row++) values[row] = Number.isNaN(cells[row]) ? 0 : cells[row] / unit;
  return values;
}

const integers = (cells: Float64Array, unit: number) =>
  filled(new Int32Array(align(cells.length, 2)), cells, unit);
const ARRAYS: Readonly<
  Record<ExportedType, (cells: Float64Array) => Float64Array | Int32Array | BigInt64Array>
> = {
  instant: (cells) => {
    const instants = new BigInt64Array(cells.length);
    for (let row = 0; row < cells.length; row++)
      if (!Number.isNaN(cells[row])) instants[row] = BigInt(cells[row]);
    return instants;
  },
  date: (cells) => integers(cells, DAY_MS),
  number: (cells) => filled(new Float64Array(cells.length), cells, 1),
  integer: (cells) => integers(cells, 1),
  text: (cells) => integers(cells, 1),
};

/** The first message of a stream describes its columns and has no body. */
function schemaBytes(stream: Uint8Array): number {
  return PREFIX_BYTES + new DataView(stream.buffer, stream.byteOffset).getInt32(PREFIX_BYTES / 2, true);
}

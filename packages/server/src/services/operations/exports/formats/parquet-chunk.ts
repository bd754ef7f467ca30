import { constants, zstdCompressSync } from 'node:zlib';
import type { ExportedColumn, ExportedType } from '@deltastream/contracts';
import { ByteWriter, type ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import type { Cells } from '../column-table.ts';
import { indexed } from './distinct-values.ts';

type RowGroup = ParquetWriter['row_groups'][number];
type ColumnChunk = RowGroup['columns'][number];
type SchemaElement = ParquetWriter['schema'][number];

const DAY_MS = 86_400_000;
/** Beyond the first level files become a tenth smaller, for twice the time. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const ELEMENTS = {
  instant: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
  date: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  number: { type: 'DOUBLE' },
  integer: { type: 'INT32' },
} as const satisfies Readonly<Record<ExportedType, Omit<SchemaElement, 'name'>>>;

/** Of a column that may miss cells a reader has to find out which do, which takes it as long as all else. */
export const elementOf = ({ name, type, isGiven }: ExportedColumn): SchemaElement => ({
  name,
  repetition_type: isGiven ? 'REQUIRED' : 'OPTIONAL',
  ...ELEMENTS[type],
});

/**
 * Appends the cells of one column of a row group as one page, and before it, of all but numbers, the page of its
 * dictionary; returns what the end of the file says of them. Numbers are compressed with zstd. The bytes are those that
 * hyparquet-writer makes of the same cells as values, each of which it boxes: for most of the time of an export. Throws
 * where a cell is missing of a column of which none is, or is not an integer of 32 bits where one is due.
 */
export function writeColumnChunk(writer: ByteWriter, column: ExportedColumn, cells: Cells): ColumnChunk {
  const { name, type, isKey } = column;
  const { values, levels } = given(cells);
  const rows = lengthOf(cells);
  if (column.isGiven && levels !== null) throw new Error(`a cell of ${name} is missing`);
  const isNumber = type === 'number' || type === 'integer';
  // Neither a dictionary of nothing nor a compressed page of it is read by everyone.
  const byDictionary = !isNumber && values.length > 0;
  const codec = isNumber && values.length > 0 ? 'ZSTD' : 'UNCOMPRESSED';
  const encoding = byDictionary ? 'RLE_DICTIONARY' : 'PLAIN';
  const { indexes, distinct } = byDictionary ? indexed(values) : { indexes: null, distinct: [] };
  const words = distinct.map((value) => shownValue(type, value, cells));
  const start = writer.offset;
  let unpacked = 0;
  if (indexes !== null) unpacked += writeDictionary(writer, type, words);
  const dataStart = writer.offset;
  const page = indexes === null ? plainBytes(type, values) : indexBytes(indexes, distinct.length);
  unpacked += writePage(writer, page, { encoding, codec, rows, missing: rows - values.length }, () =>
    column.isGiven ? null : (levels ?? allThere(rows)),
  );
  const ofDictionary = { page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 } as const;
  const ofPage = { page_type: 'DATA_PAGE_V2', encoding, count: 1 } as const;
  return {
    meta_data: {
      type: ELEMENTS[type].type,
      encodings: byDictionary ? ['PLAIN', 'RLE_DICTIONARY'] : ['PLAIN'],
      path_in_schema: [name],
      codec,
      num_values: BigInt(rows),
      total_compressed_size: BigInt(writer.offset - start),
      total_uncompressed_size: BigInt(unpacked),
      data_page_offset: BigInt(dataStart),
      dictionary_page_offset: byDictionary ? BigInt(start) : undefined,
      statistics: isKey ? statisticsOf(type, byDictionary ? words : values, rows - values.length) : undefined,
      encoding_stats: isKey ? (byDictionary ? [ofDictionary, ofPage] : [ofPage]) : undefined,
    },
    file_offset: BigInt(start),
  };
}

const lengthOf = (cells: Cells): number => (cells instanceof Float64Array ? cells : cells.codes).length;

let everyRow = new Uint8Array(0);

/** Levels of rows of which no cell is missing. */
function allThere(rows: number): Uint8Array {
  if (everyRow.length < rows) everyRow = new Uint8Array(rows).fill(1);
  return everyRow.subarray(0, rows);
}

/** The cells that are there, of texts their codes; and, where some are missing, of each row whether its cell is there. */
function given(cells: Cells): { values: Float64Array | Int32Array; levels: Uint8Array | null } {
  return cells instanceof Float64Array ? givenNumbers(cells) : givenCodes(cells.codes);
}

function givenNumbers(cells: Float64Array): { values: Float64Array; levels: Uint8Array | null } {
  let missing = 0;
  for (let row = 0; row < cells.length; row++) if (Number.isNaN(cells[row])) missing++;
  if (missing === 0) return { values: cells, levels: null };
  const levels = new Uint8Array(cells.length);
  const values = new Float64Array(cells.length - missing);
  for (let row = 0, count = 0; count < values.length; row++) {
    if (Number.isNaN(cells[row])) continue;
    levels[row] = 1;
    values[count++] = cells[row];
  }
  return { values, levels };
}

function givenCodes(codes: Int32Array): { values: Int32Array; levels: Uint8Array | null } {
  let missing = 0;
  for (let row = 0; row < codes.length; row++) missing += codes[row] >>> 31;
  if (missing === 0) return { values: codes, levels: null };
  const levels = new Uint8Array(codes.length);
  const values = new Int32Array(codes.length - missing);
  for (let row = 0, count = 0; count < values.length; row++) {
    if (codes[row] < 0) continue;
    levels[row] = 1;
    values[count++] = codes[row];
  }
  return { values, levels };
}

/** A value as the file holds it: an instant in milliseconds, a date in days. */
function shownValue(type: ExportedType, value: number, cells: Cells): number | string {
  if (!(cells instanceof Float64Array)) return cells.words[value];
  return type === 'date' ? value / DAY_MS : value;
}

/** Returns the bytes of the page, its head included. */
function writeDictionary(
  writer: ByteWriter,
  type: ExportedType,
  words: readonly (number | string)[],
): number {
  const bytes = type === 'text' ? textBytes(words as string[]) : plainBytes(type, words as number[]);
  const start = writer.offset;
  writePageHeader(writer, {
    type: 'DICTIONARY_PAGE',
    uncompressed_page_size: bytes.length,
    compressed_page_size: bytes.length,
    dictionary_page_header: { num_values: words.length, encoding: 'PLAIN' },
  });
  writer.appendBytes(bytes);
  return writer.offset - start;
}

function textBytes(words: readonly string[]): Uint8Array {
  const bytes = new ByteWriter(256);
  for (const word of words) {
    const text = Buffer.from(word);
    bytes.appendUint32(text.length);
    bytes.appendBytes(text);
  }
  return bytes.getBytes();
}

/** Numbers one after the other; an instant takes eight bytes, a date and an integer four. Little-endian, as all platforms are. */
function plainBytes(type: ExportedType, values: ArrayLike<number>): Uint8Array {
  const { buffer, byteOffset, byteLength } = numbersOf(type, values);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function numbersOf(type: ExportedType, values: ArrayLike<number>): Float64Array | Int32Array | BigInt64Array {
  if (type === 'instant') {
    const instants = new BigInt64Array(values.length);
    for (let i = 0; i < values.length; i++) instants[i] = BigInt(values[i]);
    return instants;
  }
  if (values instanceof Float64Array && type === 'number') return values;
  const integers = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    integers[i] = values[i];
    if (integers[i] !== values[i]) throw new Error(`${values[i]} is not an integer of 32 bits`);
  }
  return integers;
}

function indexBytes(indexes: Int32Array, distinct: number): Uint8Array {
  const width = Math.ceil(Math.log2(distinct));
  const bytes = new ByteWriter(indexes.length);
  bytes.appendUint8(width);
  writeRleBitPackedHybrid(bytes, indexes, width);
  return bytes.getBytes();
}

/** `levelsOf` says of each row whether its cell is there; null where that goes without saying. Returns as `writeDictionary`. */
function writePage(
  writer: ByteWriter,
  bytes: Uint8Array,
  page: {
    encoding: 'PLAIN' | 'RLE_DICTIONARY';
    codec: 'ZSTD' | 'UNCOMPRESSED';
    rows: number;
    missing: number;
  },
  levelsOf: () => Uint8Array | null,
): number {
  const levels = new ByteWriter(64);
  const isThere = levelsOf();
  if (isThere !== null) writeRleBitPackedHybrid(levels, isThere, 1);
  const stored = page.codec === 'ZSTD' ? zstdCompressSync(bytes, COMPRESSION) : bytes;
  const start = writer.offset;
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levels.offset + bytes.length,
    compressed_page_size: levels.offset + stored.length,
    data_page_header_v2: {
      num_values: page.rows,
      num_nulls: page.missing,
      num_rows: page.rows,
      encoding: page.encoding,
      definition_levels_byte_length: levels.offset,
      repetition_levels_byte_length: 0,
      is_compressed: true,
    },
  });
  const head = writer.offset - start;
  writer.appendBytes(levels.getBytes());
  writer.appendBytes(stored);
  return head + levels.offset + bytes.length;
}

/** The least and the greatest; a text by its bytes, as readers compare it. Of zeros the least is the negative one. */
function statisticsOf(type: ExportedType, values: ArrayLike<number | string>, missing: number) {
  let [least, greatest]: (number | string | undefined)[] = [values[0], values[0]];
  const isBefore = (a: number | string, b: number | string) =>
    typeof a === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b as string)) < 0 : a < (b as number);
  for (let i = 1; i < values.length; i++) {
    if (isBefore(values[i], least as number | string)) least = values[i];
    else if (isBefore(greatest as number | string, values[i])) greatest = values[i];
  }
  return {
    min_value: least === 0 ? -0 : least,
    max_value: greatest === 0 ? 0 : greatest,
    null_count: BigInt(missing),
    nan_count: type === 'number' ? 0n : undefined,
  };
}

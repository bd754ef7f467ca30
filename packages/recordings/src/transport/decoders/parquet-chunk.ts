import type { ColumnMetaData, CompressionCodec, DecodedArray, PageHeader, SchemaElement } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import type { compressors } from 'hyparquet-compressors';

const DAY_MS = 86_400_000;

/** Cells of a column; of numbers, an instant and a date (epoch ms) among them, NaN is missing, of texts null. */
export type ChunkCells = Float64Array | readonly (string | null)[];

interface ColumnChunkSource {
  readonly bytes: Uint8Array;
  readonly metadata: Pick<ColumnMetaData, 'type' | 'codec'>;
  readonly element: SchemaElement;
  /** Of the row group. */
  readonly rows: number;
  readonly decompress: typeof compressors;
}

/**
 * The cells of a column chunk of flat numbers or texts that is one page, behind one of a dictionary where it has one: as
 * exports are. hyparquet gives a value for each cell, which takes most of the time of reading an export back. Null where a
 * chunk is laid out in another way, which hyparquet reads; throws where it is not what it says.
 */
export function chunkCells({
  bytes,
  metadata,
  element,
  rows,
  decompress,
}: ColumnChunkSource): ChunkCells | null {
  const { type, codec } = metadata;
  const scale = scaleOf(element);
  if (scale === null && type !== 'BYTE_ARRAY') return null;
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  let header = parquetHeader(reader);
  let dictionary: DecodedArray | null = null;
  if (header.dictionary_page_header !== undefined) {
    const { num_values: count } = header.dictionary_page_header;
    if (count > rows) return null;
    const page = pageOf(taken(reader, header, bytes), header.uncompressed_page_size, codec, decompress);
    dictionary = readPlain(readerOf(page), type, count, undefined);
    header = parquetHeader(reader);
  }
  const said = header.data_page_header_v2;
  const isPlain = said?.encoding === 'PLAIN';
  const isKnown = isPlain || (said?.encoding === 'RLE_DICTIONARY' && dictionary !== null);
  if (said === undefined || !isKnown || said.num_values !== rows || said.is_compressed === false) return null;
  const content = taken(reader, header, bytes);
  if (reader.offset !== bytes.length || said.repetition_levels_byte_length !== 0) return null;
  const levelBytes = said.definition_levels_byte_length;
  const levels = element.repetition_type === 'REQUIRED' ? null : levelsOf(content, levelBytes, rows);
  const count = levels === null ? rows : countOf(levels);
  if (count !== rows - said.num_nulls) throw new Error('a page has other cells than it says');
  const page = pageOf(
    content.subarray(levelBytes),
    header.uncompressed_page_size - levelBytes,
    codec,
    decompress,
  );
  const values = isPlain ? plainValues(page, type, count) : dictionary;
  if (values === null) return null;
  const indexes = isPlain ? null : indexesOf(page, count, values.length);
  return scale === null
    ? textsOf(values, indexes, levels, rows)
    : numbersOf(doublesOf(values, scale), indexes, levels, rows);
}

/** What a stored number is multiplied by; null where a column holds no numbers of a kind that exports have. */
function scaleOf({ type, converted_type: converted }: SchemaElement): number | null {
  if (type === 'DOUBLE' && converted === undefined) return 1;
  if (type === 'INT32' && (converted === undefined || converted === 'DATE'))
    return converted === 'DATE' ? DAY_MS : 1;
  return type === 'INT64' && converted === 'TIMESTAMP_MILLIS' ? 1 : null;
}

type Reader = { view: DataView; offset: number };

const readerOf = (bytes: Uint8Array): Reader => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  offset: 0,
});

/** The bytes of the page whose header was read last. */
function taken(reader: Reader, { compressed_page_size: length }: PageHeader, bytes: Uint8Array): Uint8Array {
  const end = reader.offset + length;
  if (!(length >= 0 && end <= bytes.length)) throw new Error('a page ends after its column');
  const page = bytes.subarray(reader.offset, end);
  reader.offset = end;
  return page;
}

const pageOf = (
  bytes: Uint8Array,
  length: number,
  codec: CompressionCodec,
  decompress: typeof compressors,
) => (length === 0 ? new Uint8Array(0) : decompressPage(bytes, length, codec, decompress));

function levelsOf(content: Uint8Array, length: number, rows: number): Uint8Array {
  const levels = new Uint8Array(rows);
  readRleBitPackedHybrid(readerOf(content), 1, levels, length);
  return levels;
}

function countOf(levels: Uint8Array): number {
  let count = 0;
  for (let row = 0; row < levels.length; row++) count += levels[row];
  return count;
}

/** Null for texts, which exports have by dictionary. */
function plainValues(page: Uint8Array, type: ColumnMetaData['type'], count: number): DecodedArray | null {
  if (type === 'BYTE_ARRAY') return count === 0 ? [] : null;
  return readPlain(readerOf(page), type, count, undefined);
}

/** Of each cell that is there its place in the dictionary. */
function indexesOf(page: Uint8Array, count: number, words: number): Int32Array {
  const indexes = new Int32Array(count);
  const [width = 0] = page;
  if (width > 0 && count > 0) {
    const reader = readerOf(page);
    reader.offset = 1;
    readRleBitPackedHybrid(reader, width, indexes, page.length - 1);
  }
  for (let i = 0; i < count; i++) {
    if (!(indexes[i] >= 0 && indexes[i] < words))
      throw new Error('a cell is not in the dictionary of its column');
  }
  return indexes;
}

function doublesOf(values: DecodedArray, scale: number): Float64Array {
  if (values instanceof Float64Array) return values;
  const doubles = new Float64Array(values.length);
  for (let i = 0; i < doubles.length; i++) doubles[i] = Number(values[i]) * scale;
  return doubles;
}

/** @param indexes null: `values` are the cells that are there, one after another */
function numbersOf(
  values: Float64Array,
  indexes: Int32Array | null,
  levels: Uint8Array | null,
  rows: number,
): Float64Array {
  if (indexes === null && values.length === rows) return values;
  const cells = new Float64Array(rows);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    if (levels !== null && levels[row] === 0) cells[row] = Number.NaN;
    else cells[row] = values[indexes === null ? next++ : indexes[next++]];
  }
  return cells;
}

function textsOf(
  values: DecodedArray,
  indexes: Int32Array | null,
  levels: Uint8Array | null,
  rows: number,
): (string | null)[] {
  const words = Array.from(values as Uint8Array[], (bytes) => Buffer.from(bytes).toString());
  const cells = new Array<string | null>(rows).fill(null);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    if (levels !== null && levels[row] === 0) continue;
    cells[row] = words[indexes === null ? next++ : indexes[next++]];
  }
  return cells;
}

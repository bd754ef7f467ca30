import { fstatSync, readSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { EXPORT_NOTE } from '@deltastream/contracts/exported-tables';
import type { AsyncBuffer, ColumnChunk, FileMetaData } from 'hyparquet';
import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { ReadColumn } from '../../formats/deltastream/exported-parquet.ts';
import { RecordingError, reasonOf } from '../../recording-error.ts';
import { boundsOf, createUnpackBudget, tooLarge, type UnpackBudget } from '../recording-limits.ts';
import { type DecodingWork, serveDecoding } from './decoding-thread.ts';
import { type ChunkCells, chunkCells } from './parquet-chunk.ts';

/** Characters of text sent at a time, beyond which no row is added, and rows whose cells are in memory. */
const PIECE_LENGTH = 65_536;
const ROWS_DECODED = 65_536;
/** What a row group may unpack to, and the cells it may have: a page of it is decoded in one piece. */
const MAX_GROUP_BYTES = 512 * 1024 * 1024;
const MAX_GROUP_CELLS = 32 * 1024 * 1024; // Of 8 bytes each, half of the bytes above.

/** That of Node for zstd, which takes a fifth of the time. */
const DECOMPRESSORS: typeof compressors = {
  ...compressors,
  ZSTD: (input, length) => new Uint8Array(zstdDecompressSync(input, { maxOutputLength: length })),
};

/**
 * A Parquet file as the CSV that it would be: a header of its columns, then its rows, so that a table of a known
 * CSV's columns is read like that CSV. Instants are ISO 8601, what is null or NaN is empty. Nested columns are not
 * tables and are refused. An export of this platform, which says so, is not text but frames (`exportedFrames`). What its pages unpack to is bounded as of a compressed file, by the sizes that are really
 * asked for. Throws `unreadable_source` and `recording_too_large`.
 */
async function* contentOf(
  { fd, file, limits, settingNames }: DecodingWork,
  advanced: (position: number) => void,
): AsyncGenerator<Uint8Array> {
  const { size } = fstatSync(fd);
  const refused = (reason: string, cause?: unknown) =>
    new RecordingError('unreadable_source', `${file}: ${reason}`, { cause });
  const source: AsyncBuffer = {
    byteLength: size,
    slice: async (start, end = size) => {
      const from = start < 0 ? size + start : start;
      if (from < 0 || end < from || end > size)
        throw new Error(`bytes ${from} to ${end} are not in the file`);
      const target = new Uint8Array(end - from);
      readSync(fd, target, 0, target.length, from);
      return target.buffer;
    },
  };

  const metadata = await parquetMetadataAsync(source).catch((cause) => {
    throw refused(`its Parquet metadata cannot be read (${reasonOf(cause)})`, cause);
  });
  const { children } = parquetSchema(metadata);
  const nested = children.find((child) => child.children.length > 0);
  if (nested) throw refused(`its Parquet column ${JSON.stringify(nested.element.name)} is nested`);
  const columns = children.map(({ element }) => element.name);
  const large = metadata.row_groups.find(({ total_byte_size }) => total_byte_size > MAX_GROUP_BYTES);
  if (large)
    throw tooLarge(
      `${file}: a Parquet row group of ${large.total_byte_size} bytes, at most ${MAX_GROUP_BYTES}`,
    );
  const mostRows = Math.floor(MAX_GROUP_CELLS / Math.max(1, columns.length));
  const long = metadata.row_groups.find(({ num_rows }) => num_rows < 0 || num_rows > mostRows);
  if (long)
    throw tooLarge(
      `${file}: a Parquet row group of ${long.num_rows} rows of ${columns.length} columns, at most ${mostRows}`,
    );

  /** The decompressors, which give no more than a row group may have, whatever the metadata say of it. */
  function boundedCompressors(budget: UnpackBudget): typeof compressors {
    let unpacked = 0;
    const bounded = Object.entries(DECOMPRESSORS).map(([codec, decompress]) => [
      codec,
      (input: Uint8Array, length: number) => {
        unpacked += length;
        if (unpacked > MAX_GROUP_BYTES) {
          throw tooLarge(`${file}: a Parquet row group of more than ${MAX_GROUP_BYTES} bytes`);
        }
        budget.read(input.length);
        budget.take(length);
        // Codecs write a page of nothing, the dictionary of a column of nulls, in ways that not every decompressor reads.
        return length === 0 ? new Uint8Array(0) : decompress(input, length);
      },
    ]);
    return Object.fromEntries(bounded);
  }

  /** Gives the cells of a column page after page, or more at a time, with the row of their first. */
  const readColumn =
    (decompress: typeof compressors): ReadColumn =>
    async (column, rowStart, rowEnd, take) =>
      parquetRead({
        file: source,
        metadata,
        compressors: decompress,
        columns: [column],
        rowStart,
        rowEnd,
        onChunk: ({ columnData, rowStart: first }) => take(columnData, first),
      });

  /**
   * The cells of so many rows by column; `rowEnd` is of the same row group. A page is decoded in one piece, also where
   * only a part of its rows is asked for, and may hold all rows of its group: one column is decoded at a time.
   */
  async function rowsOf(rowStart: number, rowEnd: number): Promise<unknown[][]> {
    const read = readColumn(boundedCompressors(pages));
    const cells: unknown[][] = [];
    for (const column of columns) {
      const target = new Array<unknown>(rowEnd - rowStart);
      cells.push(target);
      await read(column, rowStart, rowEnd, (columnData, chunkStart) => {
        const from = Math.max(rowStart, chunkStart);
        const to = Math.min(rowEnd, chunkStart + columnData.length);
        for (let row = from; row < to; row++) target[row - rowStart] = columnData[row - chunkStart];
      });
    }
    return cells;
  }

  const encoder = new TextEncoder();
  const pages = createUnpackBudget(
    file,
    boundsOf(limits, (limit) => settingNames[limit]),
  );
  const note = metadata.key_value_metadata?.find(({ key }) => key === EXPORT_NOTE)?.value;
  if (note !== undefined) {
    const rows = Number(metadata.num_rows);
    const ranges = groupRanges(metadata);
    const cellsIn = async (
      column: string,
      group: number,
      decompress: typeof compressors,
    ): Promise<ChunkCells | null> => {
      const { columns: parts, num_rows: count } = metadata.row_groups[group];
      const chunk = parts.find(({ meta_data: each }) => each?.path_in_schema[0] === column);
      const element = children.find((child) => child.element.name === column)?.element;
      if (chunk?.meta_data === undefined || element === undefined) return null;
      const bytes = new Uint8Array(await source.slice(startOf(chunk), endOf(chunk)));
      return chunkCells({ bytes, metadata: chunk.meta_data, element, rows: Number(count), decompress });
    };
    // A row group at a time, so that what one unpacks to is bounded as of other files.
    const read: ReadColumn = async (column, from, to, take) => {
      for (const [group, [start, end]] of ranges.entries()) {
        if (start >= to || end <= from) continue;
        const decompress = boundedCompressors(pages);
        const cells = await cellsIn(column, group, decompress);
        if (cells !== null) take(cells, start);
        else await readColumn(decompress)(column, Math.max(from, start), Math.min(to, end), take);
      }
    };
    const taken = (row: number) => {
      const parts = metadata.row_groups[ranges.findIndex(([, end]) => end >= row)]?.columns;
      advanced(Math.max(0, ...(parts ?? []).map(endOf)));
    };
    // Other tables are decoded without what makes chains.
    const { exportedPieces } = await import('../../formats/deltastream/exported-parquet.ts');
    yield* exportedPieces({ note, rows, read, taken, refused });
    return advanced(size);
  }
  yield encoder.encode(`${columns.map(csvCell).join(',')}\n`);
  let first = 0;
  for (const { num_rows, columns: parts } of metadata.row_groups) {
    const end = first + Number(num_rows);
    for (; first < end; first = Math.min(end, first + ROWS_DECODED)) {
      const count = Math.min(end - first, ROWS_DECODED);
      const cells = await rowsOf(first, first + count);
      advanced(Math.max(...parts.map(endOf), 0));
      let lines = '';
      for (let row = 0; row < count; row++) {
        lines += `${cells.map((column) => csvCell(column[row])).join(',')}\n`;
        if (lines.length < PIECE_LENGTH && row + 1 < count) continue;
        yield encoder.encode(lines);
        lines = '';
      }
    }
  }
  advanced(size);
}

/** First row and end of each row group. */
function groupRanges({ row_groups }: FileMetaData): (readonly [number, number])[] {
  let first = 0;
  return row_groups.map(({ num_rows }) => {
    const start = first;
    first += Number(num_rows);
    return [start, first] as const;
  });
}

/** Where the bytes of a column in a row group begin in the file, and where they end. */
const startOf = ({ meta_data: data }: ColumnChunk): number =>
  Number(data?.dictionary_page_offset ?? data?.data_page_offset ?? 0);
const endOf = (chunk: ColumnChunk): number =>
  startOf(chunk) + Number(chunk.meta_data?.total_compressed_size ?? 0);

function csvCell(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""').replace(/[\r\n]+/g, ' ')}"` : text;
}

serveDecoding(contentOf);

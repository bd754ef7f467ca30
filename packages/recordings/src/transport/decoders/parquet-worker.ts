import { fstatSync, readSync } from 'node:fs';
import type { AsyncBuffer, ColumnChunk } from 'hyparquet';
import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { RecordingError, reasonOf } from '../../recording-error.ts';
import { boundsOf, createUnpackBudget, tooLarge, type UnpackBudget } from '../recording-limits.ts';
import { type DecodingWork, serveDecoding } from './decoding-thread.ts';

/** Rows turned into text at a time. */
const ROWS_AT_ONCE = 4096;
/** What a row group may unpack to, and the cells it may have; that much is in memory while it is read. */
const MAX_GROUP_BYTES = 512 * 1024 * 1024;
const MAX_GROUP_CELLS = 32 * 1024 * 1024;

/**
 * A Parquet file as the CSV that it would be: a header of its columns, then its rows, so that a table of a known
 * CSV's columns is read like that CSV. Instants are ISO 8601, what is null or NaN is empty. Nested columns are not
 * tables and are refused. What its pages unpack to is bounded as of a compressed file, by the sizes that are really
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
    const bounded = Object.entries(compressors).map(([codec, decompress]) => [
      codec,
      (input: Uint8Array, length: number) => {
        unpacked += length;
        if (unpacked > MAX_GROUP_BYTES) {
          throw tooLarge(`${file}: a Parquet row group of more than ${MAX_GROUP_BYTES} bytes`);
        }
        budget.read(input.length);
        budget.take(length);
        return decompress(input, length);
      },
    ]);
    return Object.fromEntries(bounded);
  }

  /** The columns of a row group, decoded. */
  async function groupOf(rowStart: number, rowEnd: number): Promise<ArrayLike<unknown>[]> {
    const pieces = new Map<string, unknown[]>(columns.map((name) => [name, []]));
    await parquetRead({
      file: source,
      metadata,
      compressors: boundedCompressors(pages),
      columns,
      rowStart,
      rowEnd,
      onChunk: ({ columnName, columnData }) => {
        const cells = pieces.get(columnName);
        for (let i = 0; i < columnData.length; i++) cells?.push(columnData[i]);
      },
    });
    return columns.map((name) => pieces.get(name) ?? []);
  }

  const encoder = new TextEncoder();
  const pages = createUnpackBudget(
    file,
    boundsOf(limits, (limit) => settingNames[limit]),
  );
  yield encoder.encode(`${columns.map(csvCell).join(',')}\n`);
  let first = 0;
  for (const { num_rows, columns: parts } of metadata.row_groups) {
    const count = Number(num_rows);
    const group = await groupOf(first, first + count);
    advanced(Math.max(...parts.map(endOf), 0));
    for (let start = 0; start < count; start += ROWS_AT_ONCE) {
      let lines = '';
      for (let row = start; row < Math.min(count, start + ROWS_AT_ONCE); row++) {
        lines += `${group.map((cells) => csvCell(cells[row])).join(',')}\n`;
      }
      yield encoder.encode(lines);
    }
    first += count;
  }
  advanced(size);
}

/** Where the bytes of a column in a row group end in the file. */
function endOf({ meta_data: data }: ColumnChunk): number {
  if (data === undefined) return 0;
  return Number(data.dictionary_page_offset ?? data.data_page_offset) + Number(data.total_compressed_size);
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""').replace(/[\r\n]+/g, ' ')}"` : text;
}

serveDecoding(contentOf);

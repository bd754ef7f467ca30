import type { FileHandle } from 'node:fs/promises';
import type { AsyncBuffer } from 'hyparquet';
import { RecordingError, reasonOf } from '../recording-error.ts';
import {
  isStopped,
  openRegularFile,
  type RecordingAccess,
  throwIfStopped,
} from '../transport/recording-access.ts';
import type { RecordingBytes } from '../transport/recording-bytes.ts';
import { createUnpackBudget, tooLarge, type UnpackBudget } from '../transport/recording-limits.ts';

const MAGIC = 'PAR1';
/** Rows turned into text at a time. */
const ROWS_AT_ONCE = 4096;
/** What a row group may unpack to, and the cells it may have; that much is in memory while it is read. */
const MAX_GROUP_BYTES = 512 * 1024 * 1024;
const MAX_GROUP_CELLS = 32 * 1024 * 1024;

/** True for the first bytes of a Parquet file. */
export function isParquet(head: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(head.subarray(0, MAGIC.length)) === MAGIC;
}

/**
 * A Parquet file as the CSV that it would be: a header of its columns, then its rows, so that a table of a known
 * CSV's columns is read like that CSV. Instants are ISO 8601, what is null or NaN is empty. Nested columns are not
 * tables and are refused. What its pages and the text unpack to is bounded as of a compressed file, by the sizes
 * that are really asked for. Rejects with `unreadable_source` and `recording_too_large`. The library is loaded here,
 * by the first such file.
 */
export async function parquetAsCsv({ file, path, size, access }: RecordingBytes): Promise<RecordingBytes> {
  const [{ parquetMetadataAsync, parquetRead, parquetSchema }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  let position = 0;
  const refused = (reason: string, cause?: unknown) =>
    new RecordingError('unreadable_source', `${file}: ${reason}`, { cause });
  const buffered = (handle: FileHandle): AsyncBuffer => ({
    byteLength: size,
    slice: async (start, end = size) => {
      throwIfStopped(access);
      const from = start < 0 ? size + start : start;
      if (from < 0 || end < from || end > size)
        throw new Error(`bytes ${from} to ${end} are not in the file`);
      const target = new Uint8Array(end - from);
      await handle.read(target, 0, target.length, from);
      position = Math.max(position, end);
      return target.buffer;
    },
  });

  const metadata = await withHandle(path, access, (handle) => parquetMetadataAsync(buffered(handle))).catch(
    (cause) => {
      if (isStopped(cause)) throw cause;
      throw refused(`its Parquet metadata cannot be read (${reasonOf(cause)})`, cause);
    },
  );
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
  async function groupOf(
    handle: FileHandle,
    pages: UnpackBudget,
    rowStart: number,
    rowEnd: number,
  ): Promise<ArrayLike<unknown>[]> {
    const pieces = new Map<string, unknown[]>(columns.map((name) => [name, []]));
    await parquetRead({
      file: buffered(handle),
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

  async function* chunks(): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder();
    position = 0;
    yield encoder.encode(`${columns.map(csvCell).join(',')}\n`);
    const pages = createUnpackBudget(file, access.limits);
    const text = createUnpackBudget(file, access.limits);
    const handle = await openRegularFile(path, access);
    try {
      let first = 0;
      let used = 0;
      for (const { num_rows } of metadata.row_groups) {
        const count = Number(num_rows);
        const group = await groupOf(handle, pages, first, first + count);
        text.read(Math.max(0, position - used));
        used = Math.max(position, used);
        for (let start = 0; start < count; start += ROWS_AT_ONCE) {
          throwIfStopped(access);
          let lines = '';
          for (let row = start; row < Math.min(count, start + ROWS_AT_ONCE); row++) {
            lines += `${group.map((cells) => csvCell(cells[row])).join(',')}\n`;
          }
          const piece = encoder.encode(lines);
          text.take(piece.length);
          yield piece;
          await access.breathe();
        }
        first += count;
      }
      position = size;
    } catch (cause) {
      if (cause instanceof RecordingError) throw cause;
      throw refused(`truncated or damaged after byte ${position} of ${size} (${reasonOf(cause)})`, cause);
    } finally {
      await handle.close();
    }
  }

  return { file, path, size, access, position: () => position, chunks, close: async () => undefined };
}

async function withHandle<T>(
  path: string,
  access: RecordingAccess,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await openRegularFile(path, access);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""').replace(/[\r\n]+/g, ' ')}"` : text;
}

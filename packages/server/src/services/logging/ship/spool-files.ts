import { type FileHandle, mkdir, open, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonFile } from '../../../kit/files/json-file.ts';

/** What of a spool is known beside its lines, as of the last try. */
export interface SpoolState {
  /** Names the spool for good. */
  readonly id: string;
  /** Number of the first entry that is not passed on. */
  readonly next: number;
  /** Number of the next entry that comes, where no segment says a higher one: a number is never given twice. */
  readonly end: number;
  /** All that were dropped, by reason, since the spool was made. */
  readonly dropped: Readonly<Record<string, number>>;
  /** A segment whose entries are among those: it is removed after this was written. */
  readonly gone: number | null;
}

/** A file of lines; its name is the number of the first of them. */
export interface SegmentFile {
  readonly first: number;
  readonly path: string;
  count: number;
  bytes: number;
}

const SEGMENT = /^(\d{15})\.ndjson$/;
const LINE_BREAK = 10; // Of ASCII, and of no other character in UTF-8.
const READ_BYTES = 262_144; // Of a file at a time, while lines are counted.

export const segmentPath = (folder: string, first: number): string =>
  join(folder, `${String(first).padStart(15, '0')}.ndjson`);

/** What an earlier run left: a line that a crash cut off is taken away, and a segment that was dropped is removed. */
export async function openSpoolFiles(folder: string, newId: () => string) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const read = await readJsonFile<SpoolState>(join(folder, 'state.json'));
  const state: SpoolState =
    typeof read?.id === 'string' && Number.isSafeInteger(read.next)
      ? {
          id: read.id,
          next: read.next,
          end: read.end ?? 1,
          dropped: read.dropped ?? {},
          gone: read.gone ?? null,
        }
      : { id: newId(), next: 1, end: 1, dropped: {}, gone: null };
  const segments: SegmentFile[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const first = Number(SEGMENT.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(first)) continue;
    const path = join(folder, name);
    const { count, bytes } = first === state.gone ? { count: 0, bytes: 0 } : await countLines(path);
    if (count === 0 || first + count <= state.next) await rm(path, { force: true });
    else segments.push({ first, path, count, bytes });
  }
  return { state, segments };
}

/** As one: what a kill leaves is the state before or after. */
export async function writeSpoolState(folder: string, state: SpoolState): Promise<void> {
  const part = join(folder, 'state.json.part');
  await writeFile(part, JSON.stringify(state), { mode: 0o600 });
  await rename(part, join(folder, 'state.json'));
}

async function countLines(path: string): Promise<{ count: number; bytes: number }> {
  const file = await open(path, 'r');
  let [count, bytes, position] = [0, 0, 0];
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, position);
      if (bytesRead === 0) break;
      for (
        let i = buffer.indexOf(LINE_BREAK);
        i !== -1 && i < bytesRead;
        i = buffer.indexOf(LINE_BREAK, i + 1)
      ) {
        count += 1;
        bytes = position + i + 1;
      }
      position += bytesRead;
    }
  } finally {
    await file.close();
  }
  if (bytes < position) await truncate(path, bytes);
  return { count, bytes };
}

/**
 * Lines from a place of a file on, as many as there are in `bytes`; at least one, however long it is. `length` is what they
 * have of the file, line breaks included.
 */
export async function readLines(
  path: string,
  position: number,
  bytes: number,
  maxLines: number,
): Promise<{ lines: string[]; length: number }> {
  const file = await open(path, 'r');
  try {
    for (let size = bytes; ; size *= 2) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, position);
      const found = linesOf(buffer.subarray(0, bytesRead), maxLines);
      if (found.lines.length > 0 || bytesRead < size) return found;
    }
  } finally {
    await file.close();
  }
}

function linesOf(buffer: Buffer, maxLines: number): { lines: string[]; length: number } {
  const lines: string[] = [];
  let length = 0;
  while (lines.length < maxLines) {
    const end = buffer.indexOf(LINE_BREAK, length);
    if (end === -1) break;
    lines.push(buffer.toString('utf8', length, end));
    length = end + 1;
  }
  return { lines, length };
}

/** All of it, or nothing: what was written of a chunk that failed is taken back. */
export async function appendChunk(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  try {
    let written = 0;
    while (written < chunk.length) {
      const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position + written);
      written += bytesWritten;
    }
  } catch (error) {
    await file.truncate(position).catch(() => undefined);
    throw error;
  }
}

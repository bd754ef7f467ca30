import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { backup, DatabaseSync } from 'node:sqlite';
import { syncPath } from '../../adapters/sqlite/market-store/files/files.ts';

/** Told of every piece that was copied or read. */
export type OnBytes = (bytes: number) => void;

export interface Copied {
  readonly bytes: number;
  readonly sha256: string;
}

/** Pages copied between two looks at the rest of the process: some megabytes. */
const PAGES_AT_A_TIME = 256;
const READ_BYTES = 1024 * 1024; // Of a file that is read to its end.

/**
 * Copies a SQLite database as it is committed at this moment, its write-ahead log included, while others write to it. The
 * copy is one file, without a log, for the owner alone, durable when this resolves. Rejects, with a partial copy left,
 * when the database cannot be read or its structure is damaged.
 */
export async function copyDatabase(
  from: string,
  to: string,
  onBytes: OnBytes = () => undefined,
): Promise<Copied> {
  // SQLite fills an empty file, and leaves it the mode that it was made with.
  closeSync(openSync(to, 'wx', 0o600));
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    // Held open, or the copy would begin again with every commit of another connection.
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    const pageBytes = Number(source.prepare('PRAGMA page_size').get()?.page_size);
    let left: number | null = null;
    await backup(source, to, {
      rate: PAGES_AT_A_TIME,
      progress({ remainingPages, totalPages }) {
        onBytes(((left ?? totalPages) - remainingPages) * pageBytes);
        left = remainingPages;
      },
    });
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(to);
  try {
    copy.exec('PRAGMA journal_mode = DELETE');
    const [found] = copy.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    if (found?.quick_check !== 'ok') throw new Error(String(found?.quick_check));
  } finally {
    copy.close();
  }
  syncPath(to);
  return checksum(to);
}

/**
 * Copies a file byte by byte, for the owner alone, durable when this resolves. Rejects when not all of it is there then.
 * Of a file that is longer than `expectedBytes` no more than that and one byte is read, so that its length differs.
 */
export async function copyBytes(
  from: string,
  to: string,
  onBytes: OnBytes = () => undefined,
  expectedBytes = Number.POSITIVE_INFINITY,
): Promise<Copied> {
  const target = await open(to, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of createReadStream(from, { highWaterMark: READ_BYTES, end: expectedBytes })) {
      hash.update(chunk);
      bytes += chunk.length;
      // Unlike `write`, which may write a part of it and say so.
      await target.writeFile(chunk);
      onBytes(chunk.length);
    }
    await target.sync();
    const { size } = await target.stat();
    if (size !== bytes) {
      throw Object.assign(new Error(`${to} has ${size} of the ${bytes} bytes that were written`), {
        path: to,
      });
    }
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await target.close();
  }
}

/** Length and checksum of a file; `expectedBytes` as of `copyBytes`. */
export async function checksum(
  file: string,
  onBytes: OnBytes = () => undefined,
  expectedBytes = Number.POSITIVE_INFINITY,
): Promise<Copied> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES, end: expectedBytes })) {
    hash.update(chunk);
    bytes += chunk.length;
    onBytes(chunk.length);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Changes so recent that another could follow under the same time of change. */
const SETTLED_MS = 2_000;

/**
 * What a file and its write-ahead log are like: another text when either was written to. Null while it is so new that it
 * may change under the same times, and where it is not there.
 */
export function likeness(file: string, nowMs: number): string | null {
  const parts = ['', '-wal'].map((suffix) =>
    statSync(file + suffix, { throwIfNoEntry: false, bigint: true }),
  );
  const [main] = parts;
  if (main === undefined) return null;
  const isNew = parts.some((part) => part !== undefined && nowMs - Number(part.mtimeMs) < SETTLED_MS);
  if (isNew) return null;
  // An empty log is as none.
  return parts
    .map((part) =>
      part === undefined || part.size === 0n ? '-' : `${part.ino} ${part.size} ${part.mtimeNs}`,
    )
    .join(', ');
}

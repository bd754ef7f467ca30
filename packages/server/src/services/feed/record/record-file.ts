import { type FileHandle, open, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { reasonOf } from '../../../kit/errors.ts';

export interface RecordFileOptions {
  /** The path of the file of a number, from 1; one that is there is passed over. */
  readonly pathOf: (number: number) => string;
  /** What each file begins with. */
  readonly head: () => readonly Uint8Array[];
  /** What is written where so many records had no room in the buffer. */
  readonly lost: (records: number) => readonly Uint8Array[];
  readonly flushMs: number;
  readonly rotateBytes: number;
  readonly bufferBytes: number;
  /** Bytes that may still be written; shared by the files that have one bound. */
  readonly room: { bytes: number };
  /** Opens a file that is not there yet. */
  readonly openFile?: (path: string) => Promise<FileHandle>;
  readonly onFile?: (path: string) => void;
  readonly onBytes?: (bytes: number) => void;
  /** The first record that found no room after some that did. */
  readonly onLost?: () => void;
  /** Once, when it cannot go on. */
  readonly onStopped?: (reason: string) => void;
}

/**
 * Records in compressed files. Guarantees: nothing that is called waits for the disk; a record is written as one or not at all;
 * every `flushMs` what came since is appended as a zstd frame of its own, so that a file that ends anywhere can be read up to
 * its last complete frame; at most `bufferBytes` wait, further records are counted and left out. A file in which nothing was
 * written is removed.
 */
export interface RecordFile {
  /** Keeps the parts, which nobody may change any more. False where the record is left out. */
  append(parts: readonly Uint8Array[]): boolean;
  /** What comes from now on goes into a new file. */
  rotate(): void;
  /** Resolves when what was appended is written, or cannot be. */
  written(): Promise<void>;
  /** Writes what waits, to the disk itself, and ends; idempotent. */
  close(): Promise<void>;
}

/** Compressed at once: more makes it no smaller, and a reader holds as much. */
const FRAME_BYTES = 4 * 1024 ** 2;
/** Numbers tried for a file that is there already: as many runs have recorded under one name. */
const MOST_NUMBERS = 100_000;
const FILE_MODE = 0o600;

/** Of zstd: 3 is its default, at which chains are compressed at some 200 MB a second. */
const COMPRESSION = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
};
const compress = promisify(zstdCompress);

const openNew = (path: string) => open(path, 'wx', FILE_MODE);

type Part = readonly Uint8Array[] | 'rotate';

/** Opens the first file. Rejects as the file system does. */
export async function createRecordFile(options: RecordFileOptions): Promise<RecordFile> {
  const { bufferBytes, rotateBytes, room, openFile = openNew } = options;
  // Half of a small buffer: the other half takes what comes while that is written.
  const writtenFrom = Math.min(FRAME_BYTES, bufferBytes / 2);
  let number = 0;
  let path = '';
  let handle: FileHandle = await next();
  let fileBytes = 0;
  let begun = false;
  let waiting: Part[] = [];
  let waitingBytes = 0;
  let lost = 0;
  let stopped = false;
  let closing: Promise<void> | null = null;
  let writing: Promise<void> | null = null;
  const timer = setInterval(() => void written(), options.flushMs);

  async function next(): Promise<FileHandle> {
    for (;;) {
      number++;
      const tried = options.pathOf(number);
      try {
        const opened = await openFile(tried);
        path = tried;
        options.onFile?.(path);
        return opened;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number >= MOST_NUMBERS) throw error;
      }
    }
  }

  function written(): Promise<void> {
    writing ??= writeAll()
      .catch((error: unknown) => stop(reasonOf(error)))
      .finally(() => {
        writing = null;
      });
    return writing;
  }

  async function writeAll(): Promise<void> {
    while (!stopped && (waiting.length > 0 || lost > 0)) {
      if (waiting[0] === 'rotate') {
        waiting.shift();
        if (begun) await rotateNow();
        continue;
      }
      const [parts, bytes] = takeFrame();
      if (begun && fileBytes >= rotateBytes) await rotateNow();
      if (!begun) parts.unshift(...options.head());
      begun = true;
      await writeFrame(Buffer.concat(parts));
      waitingBytes -= bytes;
    }
  }

  /** What is compressed next, and how much of the buffer that frees. */
  function takeFrame(): [Uint8Array[], number] {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let taken = 0;
    for (const each of waiting) {
      if (each === 'rotate' || bytes >= FRAME_BYTES) break;
      taken++;
      for (const part of each) {
        parts.push(part);
        bytes += part.length;
      }
    }
    waiting = waiting.slice(taken);
    // After what waited when there was no room, and before what comes.
    if (lost > 0 && waiting.length === 0) {
      parts.push(...options.lost(lost));
      lost = 0;
    }
    return [parts, bytes];
  }

  async function writeFrame(content: Uint8Array): Promise<void> {
    const frame = await compress(content, COMPRESSION);
    if (frame.length > room.bytes) {
      stop('its files have as many bytes as they may have (--record-max-bytes)');
      return;
    }
    room.bytes -= frame.length;
    const begin = fileBytes;
    try {
      while (fileBytes - begin < frame.length) {
        const { bytesWritten } = await handle.write(frame, fileBytes - begin, undefined, fileBytes);
        fileBytes += bytesWritten;
      }
    } catch (error) {
      // A part of a frame is no use, and would be in the way of what an operator appends.
      await handle.truncate(begin).then(
        () => {
          fileBytes = begin;
        },
        () => undefined,
      );
      throw error;
    }
    options.onBytes?.(frame.length);
  }

  async function rotateNow(): Promise<void> {
    const full = handle;
    handle = await next();
    fileBytes = 0;
    begun = false;
    try {
      await full.datasync();
    } finally {
      await full.close();
    }
  }

  function stop(reason: string): void {
    if (stopped) return;
    stopped = true;
    clearInterval(timer);
    waiting = [];
    waitingBytes = 0;
    options.onStopped?.(reason);
  }

  return {
    append(parts) {
      if (stopped || closing) return false;
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      if (lost > 0 || waitingBytes + bytes > bufferBytes) {
        if (lost === 0) options.onLost?.();
        lost++;
        return false;
      }
      waiting.push(parts);
      waitingBytes += bytes;
      if (waitingBytes > writtenFrom) void written();
      return true;
    },
    rotate() {
      if (!stopped && !closing) waiting.push('rotate');
    },
    written,
    close() {
      closing ??= (async () => {
        clearInterval(timer);
        await written();
        // What came while it was being written.
        await written();
        await handle.datasync().catch((error: unknown) => stop(reasonOf(error)));
        await handle.close().catch(() => undefined);
        if (fileBytes === 0) await rm(path, { force: true }).catch(() => undefined);
      })();
      return closing;
    },
  };
}

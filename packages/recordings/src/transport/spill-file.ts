import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordingError, reasonOf } from '../recording-error.ts';

/** Bytes spilled to disk, to be read back in another order. */
export interface SpillFile {
  readonly size: number;
  /** True once the disk did not take something. */
  readonly failed: boolean;
  /** Rejects with `unreadable_source` when the disk does not take it. */
  append(bytes: Uint8Array): Promise<void>;
  /** What was appended from there on is written over by what comes next. */
  truncate(size: number): void;
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Gives its room back; idempotent. */
  close(): Promise<void>;
}

/**
 * A file in the system's temporary folder that has no name: it is gone with the process, however that ends. Rejects
 * with `unreadable_source` where none can be made.
 */
export async function createSpillFile(): Promise<SpillFile> {
  const handle = await openUnnamed();
  let size = 0;
  let failed = false;
  let closed: Promise<void> | null = null;
  return {
    get size() {
      return size;
    },
    get failed() {
      return failed;
    },
    append: async (bytes) => {
      try {
        await handle.write(bytes, 0, bytes.length, size);
        size += bytes.length;
      } catch (cause) {
        failed = true;
        throw noRoom(cause);
      }
    },
    truncate: (to) => {
      size = to;
    },
    read: async (offset, length) => {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: () => {
      closed ??= handle.close();
      return closed;
    },
  };
}

async function openUnnamed(): Promise<FileHandle> {
  const path = join(tmpdir(), `deltastream-replay-${randomUUID()}`);
  try {
    const handle = await open(path, 'wx+', 0o600);
    await unlink(path);
    return handle;
  } catch (cause) {
    throw noRoom(cause);
  }
}

const noRoom = (cause: unknown): RecordingError =>
  new RecordingError('unreadable_source', `no room to unpack it in ${tmpdir()} (${reasonOf(cause)})`, {
    cause,
  });

import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';

/** Bytes put aside on disk, to be read back in another order. */
export interface SpillFile {
  readonly size: number;
  /** True once the disk did not take something. */
  readonly failed: boolean;
  /** Rejects with `unreadable_source` when the disk does not take it. */
  append(bytes: Uint8Array): Promise<void>;
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Removes it; idempotent. */
  close(): Promise<void>;
}

/** A file in the system's temporary folder. */
export async function createSpillFile(): Promise<SpillFile> {
  const folder = await mkdtemp(join(tmpdir(), 'deltastream-replay-'));
  const handle = await open(join(folder, 'members'), 'wx+');
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
        const reason = `no room to unpack it in ${folder} (${reasonOf(cause)})`;
        throw new DeltaStreamError('unreadable_source', reason, { cause });
      }
    },
    read: async (offset, length) => {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: () => {
      closed ??= handle.close().then(() => rm(folder, { recursive: true, force: true }));
      return closed;
    },
  };
}

import { basename } from 'node:path';
import { RecordingError, reasonOf } from '../recording-error.ts';
import { decoderOf, MAGIC_BYTES, plain } from './decoders/decompression.ts';
import { openRegularFile, type RecordingAccess, throwIfStopped } from './recording-access.ts';
import { createUnpackBudget } from './recording-limits.ts';

/** A recording's content without its compression. */
export interface RecordingBytes {
  /** File name without folders. */
  readonly file: string;
  /** Path of the file, for what must be read out of order. */
  readonly path: string;
  /** Size on disk. */
  readonly size: number;
  readonly access: RecordingAccess;
  /** Bytes of the file used so far. */
  position(): number;
  /**
   * The content, chunk by chunk; reading may be given up at any time. Everything before the place where
   * a damaged or truncated file breaks is yielded; then it throws `unreadable_source` naming that place. Throws
   * `recording_too_large` where the content is beyond a bound, and `stopped` once the reading is ended.
   */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Frees what reading holds; idempotent. */
  close(): Promise<void>;
}

/** Recognises the compression by its magic bytes. Rejects with `unreadable_source` when there is no such file. */
export async function openRecordingBytes(path: string, access: RecordingAccess): Promise<RecordingBytes> {
  const file = basename(path);
  const { head, size } = await readHead(path, access);
  const decoder = decoderOf(head);
  let position = 0;

  async function* chunks(): AsyncGenerator<Uint8Array> {
    position = 0;
    const budget = decoder && createUnpackBudget(file, access.limits);
    const handle = await openRegularFile(path, access);
    try {
      const advanced = (bytes: number) => {
        budget?.read(Math.max(0, bytes - position));
        position = Math.max(position, bytes);
      };
      for await (const piece of (decoder?.decode ?? plain)({
        handle,
        file,
        limits: access.limits,
        signal: access.signal,
        advanced,
      })) {
        throwIfStopped(access);
        budget?.take(piece.length);
        yield piece;
        await access.breathe();
      }
      throwIfStopped(access);
    } catch (cause) {
      if (cause instanceof RecordingError) throw cause;
      throw new RecordingError(
        'unreadable_source',
        `${file}: truncated or damaged after byte ${position} of ${size} (${reasonOf(cause)})`,
        { cause },
      );
    } finally {
      await handle.close();
    }
  }
  const close = async () => decoder?.close();
  return { file, path, size, access, position: () => position, chunks, close };
}

async function readHead(path: string, access: RecordingAccess): Promise<{ head: Uint8Array; size: number }> {
  const handle = await openRegularFile(path, access);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(new Uint8Array(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return { head: buffer.subarray(0, bytesRead), size };
  } catch (cause) {
    const reason = `${basename(path)}: cannot be read (${reasonOf(cause)})`;
    throw new RecordingError('unreadable_source', reason, { cause });
  } finally {
    await handle.close();
  }
}

/**
 * The first bytes of a content; fewer when there are no more. Rejects where it breaks before that, unless `suffices` says that
 * what comes before the place is enough: who reads on meets it again.
 */
export async function headOf(
  chunks: AsyncIterable<Uint8Array>,
  bytes: number,
  suffices: (head: Uint8Array) => boolean = () => false,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const head = () => Buffer.concat(parts).subarray(0, bytes);
  try {
    for await (const chunk of chunks) {
      parts.push(chunk);
      size += chunk.length;
      if (size >= bytes) break;
    }
  } catch (error) {
    const isBroken = error instanceof RecordingError && error.code === 'unreadable_source';
    if (!isBroken || !suffices(head())) throw error;
  }
  return head();
}

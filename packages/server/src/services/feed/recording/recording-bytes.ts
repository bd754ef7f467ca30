import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import xz from 'xz-decompress';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';

/** A recording's content without its compression. */
export interface RecordingBytes {
  /** File name without folders. */
  readonly file: string;
  /** Path of the file, for what must be read out of order. */
  readonly path: string;
  /** Size on disk. */
  readonly size: number;
  /** Bytes of the file used so far. */
  position(): number;
  /**
   * The content, chunk by chunk; reading may be given up at any time. Everything before the place where
   * a damaged or truncated file breaks is yielded; then it throws `unreadable_source` naming that place.
   */
  chunks(): AsyncGenerator<Uint8Array>;
}

/** A gzip chunk grows at most a thousandfold, so that 16 KB bound what is held at once to 16 MB. */
const CHUNK_BYTES = 16_384;

const MAGIC = {
  gzip: [0x1f, 0x8b],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
} as const;

/** Recognises the compression by its magic bytes. Rejects with `unreadable_source` when there is no such file. */
export async function openRecordingBytes(path: string): Promise<RecordingBytes> {
  const file = basename(path);
  const { head, size } = await readHead(path, file);
  let position = 0;

  async function* compressed(): AsyncGenerator<Uint8Array> {
    position = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
      position += chunk.length;
      yield chunk;
    }
  }

  const decode = startsWith(head, MAGIC.gzip) ? gunzip : startsWith(head, MAGIC.xz) ? unxz : plain;

  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* decode(compressed());
    } catch (cause) {
      throw new DeltaStreamError(
        'unreadable_source',
        `${file}: truncated or damaged after byte ${position} of ${size} (${reasonOf(cause)})`,
        { cause },
      );
    }
  }
  return { file, path, size, position: () => position, chunks };
}

async function readHead(path: string, file: string): Promise<{ head: Uint8Array; size: number }> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path);
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(new Uint8Array(6), 0, 6, 0);
    return { head: buffer.subarray(0, bytesRead), size };
  } catch (cause) {
    throw new DeltaStreamError('unreadable_source', `${file}: cannot be opened (${reasonOf(cause)})`, {
      cause,
    });
  } finally {
    await handle?.close();
  }
}

async function* plain(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* input;
}

/**
 * The end is told to zlib only after everything before it came out: with the last chunk it would turn a
 * truncated file's remaining output into an error.
 */
async function* gunzip(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflater = createGunzip();
  const output: Uint8Array[] = [];
  let failure: Error | null = null;
  // A write that fails calls nothing back: the end of the decoder settles it too.
  let settle = () => {};
  const settled = (begin: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      settle = resolve;
      if (inflater.destroyed) resolve();
      else begin(resolve);
    });
  inflater.on('data', (chunk: Uint8Array) => output.push(chunk));
  inflater.on('close', () => settle());
  inflater.on('error', (error) => {
    failure = error;
  });
  try {
    for await (const chunk of input) {
      await settled((done) => inflater.write(chunk, () => done()));
      yield* output.splice(0);
      if (failure) throw failure;
    }
    await settled(() => inflater.end());
    yield* output.splice(0);
    if (failure) throw failure;
  } finally {
    inflater.destroy();
  }
}

async function* unxz(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = input[Symbol.asyncIterator]();
  const compressed = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        // The decoder keeps what it is given: it must not be a view of a pooled buffer.
        else controller.enqueue(new Uint8Array(value));
      },
    },
    { highWaterMark: 0 },
  );
  try {
    yield* new xz.XzReadableStream(compressed);
  } finally {
    await iterator.return?.();
  }
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

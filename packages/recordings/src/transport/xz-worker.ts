import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import xz from 'xz-decompress';

/** What the worker is asked for: the content of an open file. */
export interface XzWork {
  readonly fd: number;
  /** One number, the pieces that may still be sent; the reader adds to it, and says `XZ_GIVEN_UP` when it wants no more. */
  readonly credit: SharedArrayBuffer;
}

/** What it sends: pieces of the content, each after so many bytes of the file, then how it ended. */
export type XzPiece =
  | { readonly kind: 'piece'; readonly bytes: Uint8Array; readonly position: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly reason: string; readonly position: number };

export const XZ_GIVEN_UP = -1;

const READ_BYTES = 65_536;

/** What the decoder returns, xz-embedded's `enum xz_ret`, in words. */
const FAILURES: Readonly<Record<string, string>> = {
  '3': 'not enough memory',
  '4': 'it needs a larger dictionary than the 64 MiB that are given',
  '5': 'not the xz format',
  '6': 'it uses options of the xz format that are not supported',
  '7': 'its content is damaged',
  '8': 'it ends too early or is damaged',
};

const send = (piece: XzPiece, moved: ArrayBuffer[] = []) => parentPort?.postMessage(piece, moved);

/** The file is not read any more once `end` or `failed` is sent. */
async function decode({ fd, credit }: XzWork): Promise<void> {
  const left = new Int32Array(credit);
  let position = 0;
  const compressed = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const bytes = new Uint8Array(READ_BYTES);
        const read = readSync(fd, bytes, 0, READ_BYTES, position);
        position += read;
        if (read === 0) controller.close();
        else controller.enqueue(bytes.subarray(0, read));
      },
    },
    { highWaterMark: 0 },
  );
  try {
    for await (const bytes of new xz.XzReadableStream(compressed)) {
      Atomics.wait(left, 0, 0);
      if (Atomics.load(left, 0) < 0) break;
      if (bytes.length === 0) continue;
      Atomics.sub(left, 0, 1);
      send({ kind: 'piece', bytes, position }, [bytes.buffer as ArrayBuffer]);
    }
    send({ kind: 'end' });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = /error code (\d+)$/.exec(message)?.[1] ?? '';
    send({ kind: 'failed', reason: FAILURES[code] ?? message, position });
  }
}

parentPort?.on('message', decode);

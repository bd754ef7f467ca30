import { Worker } from 'node:worker_threads';
import type { Decoder, OpenedFile } from './decoder.ts';
import { XZ_GIVEN_UP, type XzPiece, type XzWork } from './xz-worker.ts';

/** Of 64 KB each, how far the worker may be ahead of what reads it. */
const PIECES_AHEAD = 16;

/**
 * xz on a thread of its own, which is used again for the next pass and ended by `close`: the library decodes in the
 * thread that calls it, and one file at a time.
 */
export function createXzDecoder(): Decoder {
  const threads = new Set<Worker>();
  let idle: Worker | null = null;

  const take = (): Worker => {
    const worker = idle ?? new Worker(new URL('./xz-worker.ts', import.meta.url), RESOURCES);
    idle = null;
    threads.add(worker);
    worker.ref();
    return worker;
  };
  const giveBack = async (worker: Worker) => {
    worker.unref();
    if (threads.has(worker) && idle === null) idle = worker;
    else await worker.terminate();
  };

  return {
    decode: async function* ({ handle, signal, advanced }) {
      const worker = take();
      const pieces = piecesOf(worker, { fd: handle.fd, signal });
      try {
        for await (const piece of pieces) {
          advanced(piece.position);
          if (piece.kind === 'failed') throw new Error(piece.reason);
          yield piece.bytes;
        }
      } finally {
        await giveBack(worker);
      }
    },
    close: async () => {
      const ended = [...threads];
      threads.clear();
      idle = null;
      await Promise.all(ended.map((worker) => worker.terminate()));
    },
  };
}

/** It keeps next to nothing alive. */
const RESOURCES = { resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } };

/** What the worker sends of one file; when this ends, at its end or early, the worker is through with the file. */
async function* piecesOf(
  worker: Worker,
  { fd, signal }: { readonly fd: number } & Pick<OpenedFile, 'signal'>,
): AsyncGenerator<Exclude<XzPiece, { kind: 'end' }>> {
  const credit = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const left = new Int32Array(credit);
  left[0] = PIECES_AHEAD;
  const arrived: XzPiece[] = [];
  let through = false;
  let wake = () => {};
  const add = (piece: XzPiece) => {
    arrived.push(piece);
    through ||= piece.kind !== 'piece';
    wake();
  };
  const died = () => add({ kind: 'failed', reason: 'its decoder ended', position: 0 });
  const woken = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const giveUp = () => {
    Atomics.store(left, 0, XZ_GIVEN_UP);
    Atomics.notify(left, 0);
    wake();
  };
  worker.on('message', add);
  worker.on('error', died);
  worker.on('exit', died);
  signal.addEventListener('abort', giveUp);
  try {
    worker.postMessage({ fd, credit } satisfies XzWork);
    for (;;) {
      while (arrived.length === 0 && !signal.aborted) await woken();
      const piece = signal.aborted ? undefined : arrived.shift();
      if (!piece || piece.kind === 'end') return;
      if (piece.kind === 'piece') {
        Atomics.add(left, 0, 1);
        Atomics.notify(left, 0);
      }
      yield piece;
    }
  } finally {
    giveUp();
    while (!through) await woken();
    signal.removeEventListener('abort', giveUp);
    worker.off('message', add);
    worker.off('error', died);
    worker.off('exit', died);
  }
}

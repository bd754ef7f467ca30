import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type ExportFormat, type ExportKind, isoTime } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { buffersOf } from './column-table.ts';
import type { EncodingReply, EncodingRequest, Slice } from './encoding-worker.ts';

/** What of a file comes next, at its end nothing; rows of slices that are complete by then, and the time of their last. */
export interface EncodedPiece {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly timestamp: string | null;
}

type Done = Extract<EncodingReply, { is: 'done' }>;

/** A thread that makes files of slices, one file at a time. */
export interface EncodingThread {
  /**
   * The bytes of one file, and the rows that are in it so far. The next slice is read while one is encoded, and asked for
   * only when what was made of the one before it was taken. Slices are used up. Rejects as `slices` does, with `internal`
   * when the thread fails, and as the signal's reason when it aborts.
   */
  encode(
    kind: ExportKind,
    format: ExportFormat,
    slices: AsyncIterable<Slice>,
    signal: AbortSignal,
  ): AsyncGenerator<EncodedPiece>;
  /** Ends the thread, also one at work; idempotent. */
  close(): Promise<void>;
}

/** Old objects of the thread, in megabytes: what it holds of a slice lies outside of the heap. */
const HEAP = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 };

/** Started by the first file. */
export function createEncodingThread(): EncodingThread {
  let worker: Worker | null = null;

  async function* ask(
    thread: Worker,
    request: EncodingRequest,
    signal: AbortSignal,
    moved: ArrayBuffer[] = [],
  ): AsyncGenerator<Uint8Array, Done> {
    const replies = on(thread, 'message', { signal, close: ['exit'] });
    thread.postMessage(request, moved);
    for await (const [reply] of replies as AsyncIterable<[EncodingReply]>) {
      if (reply.is === 'failed') throw new DeltaStreamError('internal', `the export failed: ${reply.reason}`);
      if (reply.is === 'done') return reply;
      yield reply.bytes;
    }
    throw new DeltaStreamError('internal', 'the thread that encodes exports ended');
  }

  const started = (): Worker => {
    const thread = new Worker(new URL('./encoding-worker.ts', import.meta.url), { resourceLimits: HEAP });
    // Told to whatever waits for it; without a listener here it would end the process.
    thread.on('error', () => undefined);
    return thread;
  };

  return {
    async *encode(kind, format, slices, signal) {
      worker ??= started();
      const thread = worker;
      let rows = 0;
      let timestamp: string | null = null;
      let complete = false;
      async function* pieces(request: EncodingRequest, moved?: ArrayBuffer[]): AsyncGenerator<EncodedPiece> {
        const bytesOf = ask(thread, request, signal, moved);
        for (;;) {
          const { value, done } = await bytesOf.next();
          if (!done) {
            yield { bytes: value, rows, timestamp };
            continue;
          }
          rows += value.rows;
          if (value.lastMs !== null) timestamp = isoTime(value.lastMs);
          return;
        }
      }
      const source = slices[Symbol.asyncIterator]();
      const nextSlice = () => {
        const next = source.next();
        // Its failure is met when it is awaited.
        next.catch(() => undefined);
        return next;
      };
      try {
        // The first one is read while the thread starts.
        let next = nextSlice();
        yield* pieces({ ask: 'begin', kind, format });
        for (;;) {
          const { value: slice, done } = await next;
          signal.throwIfAborted();
          if (done) break;
          next = nextSlice();
          yield* pieces({ ask: 'encode', slice }, memoryOf(slice));
        }
        yield* pieces({ ask: 'finish' });
        complete = true;
        yield { bytes: new Uint8Array(0), rows, timestamp };
      } finally {
        // What it still makes of this file is nobody's; another thread makes the next.
        if (!complete && worker === thread) {
          worker = null;
          await thread.terminate();
        }
        await source.return?.();
      }
    },
    async close() {
      const thread = worker;
      worker = null;
      await thread?.terminate();
    },
  };
}

/** Moved, not copied. */
function memoryOf(slice: Slice): ArrayBuffer[] {
  if (slice.of === 'rows') return buffersOf(slice.table);
  return [...new Set(slice.chains.map(({ frame }) => frame.buffer))];
}

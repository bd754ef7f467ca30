import { type ResourceLimits, Worker } from 'node:worker_threads';
import { RecordingError } from '../../recording-error.ts';
import { type Bounds, RECORDING_LIMITS, type RecordingLimits } from '../recording-limits.ts';
import type { Decoder, OpenedFile } from './decoder.ts';
import { type DecodingMessage, type DecodingWork, GIVEN_UP } from './decoding-thread.ts';

/** Of some 64 KB each, how far the worker may be ahead of what reads it. */
const PIECES_AHEAD = 16;

/** Longest wait for a thread that is in the middle of a step when its content is not wanted any more; then it is ended. */
const GIVE_UP_MS = 250;

/**
 * What a script of `serveDecoding` makes of files, on a thread of its own, which is used again for the next pass and
 * ended by `close`: for libraries that decode in the thread that calls them.
 */
export function createThreadDecoder(script: URL, resourceLimits: ResourceLimits): Decoder {
  const threads = new Set<Worker>();
  let idle: Worker | null = null;

  const take = (): Worker => {
    const worker =
      idle ?? new Worker(script, { resourceLimits: { maxYoungGenerationSizeMb: 4, ...resourceLimits } });
    if (idle === null) worker.once('exit', () => threads.delete(worker));
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
    decode: async function* (file) {
      const worker = take();
      try {
        for await (const message of messagesOf(worker, file)) {
          file.advanced(message.position);
          if (message.kind === 'failed') throw errorOf(message);
          if (message.kind === 'piece') yield message.bytes;
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

function errorOf({ reason, code }: Extract<DecodingMessage, { kind: 'failed' }>): Error {
  return code === null
    ? new Error(reason)
    : new RecordingError(code, reason, { permanent: code === 'recording_too_large' });
}

const settingNamesOf = ({ settingName }: Bounds): DecodingWork['settingNames'] =>
  Object.fromEntries(
    (Object.keys(RECORDING_LIMITS) as (keyof RecordingLimits)[]).map((limit) => [limit, settingName(limit)]),
  ) as DecodingWork['settingNames'];

/** What the worker sends of one file; when this ends, at its end or early, the worker is through with the file. */
async function* messagesOf(
  worker: Worker,
  { handle, file, limits, signal }: OpenedFile,
): AsyncGenerator<DecodingMessage> {
  const credit = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const left = new Int32Array(credit);
  left[0] = PIECES_AHEAD;
  const arrived: DecodingMessage[] = [];
  let through = false;
  let wake = () => {};
  const add = (piece: DecodingMessage) => {
    arrived.push(piece);
    through ||= piece.kind !== 'piece';
    wake();
  };
  const { maxOldGenerationSizeMb } = worker.resourceLimits ?? {};
  const died = () => add({ kind: 'failed', reason: 'its decoder ended', code: null, position: 0 });
  const broken = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return died();
    const reason = `${file}: a part of it takes more than ${maxOldGenerationSizeMb} MiB to decode; write it in smaller parts`;
    add({ kind: 'failed', reason, code: 'recording_too_large', position: 0 });
  };
  const woken = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const giveUp = () => {
    Atomics.store(left, 0, GIVEN_UP);
    Atomics.notify(left, 0);
    wake();
  };
  worker.on('message', add);
  worker.on('error', broken);
  worker.on('exit', died);
  signal.addEventListener('abort', giveUp);
  try {
    const { settingName: _, ...numbers } = limits;
    const settingNames = settingNamesOf(limits);
    const work: DecodingWork = { fd: handle.fd, file, limits: numbers, settingNames, credit };
    worker.postMessage(work);
    for (;;) {
      while (arrived.length === 0 && !signal.aborted) await woken();
      const piece = signal.aborted ? undefined : arrived.shift();
      if (!piece) return;
      if (piece.kind === 'piece') {
        Atomics.add(left, 0, 1);
        Atomics.notify(left, 0);
      }
      yield piece;
      if (piece.kind !== 'piece') return;
    }
  } finally {
    giveUp();
    const ended = setTimeout(() => void worker.terminate(), GIVE_UP_MS);
    while (!through) await woken();
    clearTimeout(ended);
    signal.removeEventListener('abort', giveUp);
    worker.off('message', add);
    worker.off('error', broken);
    worker.off('exit', died);
  }
}

import { Worker } from 'node:worker_threads';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Asked, Failure, Reply } from './messages.ts';

export interface WorkerClient {
  /** Rejects with `store_failed`, `unavailable` when too many wait, or `stopped` once it is closing. */
  ask(request: object, transfer?: ArrayBuffer[]): Promise<unknown>;
  /** Completes what was asked, then ends the worker, by force after `timeoutMs`; idempotent. */
  close(timeoutMs: number): Promise<void>;
}

const MAX_WAITING = 4096;
/** The workers keep few objects alive; a small young generation spares resident memory. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 8 };

/** Starts a worker of the store; rejects with `data_folder_unusable` when it cannot open its files. */
export async function startWorker(script: URL, settings: object): Promise<WorkerClient> {
  const worker = new Worker(script, { workerData: settings, resourceLimits: RESOURCE_LIMITS });
  const opened = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let nextId = 0;
  let closing: Promise<void> | null = null;
  let failed: DeltaStreamError | null = null;

  const fail = (error: DeltaStreamError) => {
    failed ??= error;
    opened.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', (reply: Reply) => {
    if (reply.kind === 'opened') return opened.resolve();
    if (reply.kind === 'failed' && reply.id === null) return fail(errorOf(reply.failure));
    const id = reply.id as number;
    const asked = waiting.get(id);
    waiting.delete(id);
    if (reply.kind === 'done') asked?.resolve(reply.result);
    else asked?.reject(errorOf(reply.failure));
  });
  worker.on('error', (cause) => {
    fail(new DeltaStreamError('store_failed', `a thread of the store died: ${String(cause)}`, { cause }));
  });
  worker.on('exit', () => {
    fail(new DeltaStreamError('stopped', 'the store is closed'));
    exited.resolve();
  });

  const send = (request: unknown, transfer: ArrayBuffer[] = []): Promise<unknown> => {
    const answer = Promise.withResolvers<unknown>();
    const asked: Asked = { id: nextId++, request };
    waiting.set(asked.id, answer);
    worker.postMessage(asked, transfer);
    return answer.promise;
  };
  const end = async (timeoutMs: number) => {
    const force = setTimeout(() => worker.terminate(), timeoutMs);
    if (failed === null) await send('close').catch(() => undefined);
    await exited.promise;
    clearTimeout(force);
  };

  await opened.promise;
  return {
    async ask(request, transfer) {
      if (failed !== null) throw failed;
      if (closing !== null) throw new DeltaStreamError('stopped', 'the store is closed');
      if (waiting.size >= MAX_WAITING) {
        throw new DeltaStreamError('unavailable', `${MAX_WAITING} requests to the store wait already`, {
          retryAfterSeconds: 1,
        });
      }
      return send(request, transfer);
    },
    close(timeoutMs) {
      closing ??= end(timeoutMs);
      return closing;
    },
  };
}

function errorOf({ reason, unusable }: Failure): DeltaStreamError {
  return new DeltaStreamError(unusable ? 'data_folder_unusable' : 'store_failed', reason);
}

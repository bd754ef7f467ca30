import { Worker } from 'node:worker_threads';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Reply, Request, StoredRow, WorkerSettings } from './messages.ts';

type Work = Request extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never;

export interface WorkerClient {
  /** Rejects with `store_failed`, `unavailable` when too many wait, or `stopped` after the worker's end. */
  ask(work: Work): Promise<readonly StoredRow[]>;
  /** Completes what was asked, then ends the worker, by force after `timeoutMs`. */
  end(timeoutMs: number): Promise<void>;
}

const MAX_WAITING = 256;
/** The worker keeps few objects alive; a small young generation spares some 30 MB of resident memory. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4 };

/** Starts the worker and resolves when its file is open; rejects with `data_folder_unusable`. */
export async function startWorker(settings: WorkerSettings): Promise<WorkerClient> {
  const worker = new Worker(new URL('./log-worker.ts', import.meta.url), {
    workerData: settings,
    resourceLimits: RESOURCE_LIMITS,
  });
  const waiting = new Map<number, PromiseWithResolvers<readonly StoredRow[]>>();
  const ready = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  let nextId = 0;
  let ended: DeltaStreamError | null = null;

  const finish = (error: DeltaStreamError) => {
    ended ??= error;
    ready.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', (reply: Reply) => {
    if (reply.kind === 'ready') return ready.resolve();
    if (reply.kind === 'unusable') {
      return finish(
        new DeltaStreamError('data_folder_unusable', `${settings.file} cannot be opened: ${reply.reason}`),
      );
    }
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.kind === 'done') asked?.resolve(reply.rows);
    else asked?.reject(new DeltaStreamError('store_failed', `the log store: ${reply.reason}`));
  });
  worker.on('error', (cause) => {
    finish(new DeltaStreamError('store_failed', `the log worker died: ${String(cause)}`, { cause }));
  });
  worker.on('exit', () => {
    finish(new DeltaStreamError('stopped', 'the log store is closed'));
    exited.resolve();
  });

  const send = (work: Work) => {
    const answer = Promise.withResolvers<readonly StoredRow[]>();
    const id = nextId++;
    waiting.set(id, answer);
    worker.postMessage({ ...work, id });
    return answer.promise;
  };

  await ready.promise;
  return {
    async ask(work) {
      if (ended !== null) throw ended;
      if (waiting.size >= MAX_WAITING) {
        throw new DeltaStreamError('unavailable', `${MAX_WAITING} requests to the log store wait already`, {
          retryAfterSeconds: 1,
        });
      }
      return send(work);
    },
    async end(timeoutMs) {
      if (ended === null) {
        send({ kind: 'close' }).catch(() => undefined);
        ended = new DeltaStreamError('stopped', 'the log store is closed');
      }
      const force = setTimeout(() => worker.terminate(), timeoutMs);
      await exited.promise;
      clearTimeout(force);
    },
  };
}

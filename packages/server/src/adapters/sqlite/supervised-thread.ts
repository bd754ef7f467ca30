import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { collectIn } from '../../kit/lifecycle/collect-garbage.ts';
import type { Logger } from '../../kit/logging/log.ts';
import { withDefaults } from '../../kit/settings-fragment.ts';
import type { Asked, Failure, Reply } from './handle-requests.ts';
import { THREADS, type ThreadSettings } from './settings.ts';

/** A worker thread that runs `handleRequests`, and another in its place should it end unasked. */
export interface SupervisedThread {
  /**
   * Rejects with `store_failed` or `stored_data_damaged` as the thread says, with `store_failed` when it ends
   * before it has answered and while another is started, with `unavailable` when too many wait, or with
   * `stopped` once it is closing. A request that was rejected may have had its effect.
   */
  ask(request: object, transfer?: ArrayBuffer[]): Promise<unknown>;
  /** Why there is no thread at this moment; null while there is one. */
  problem(): string | null;
  /** Completes what was asked, then ends the thread, by force after `timeoutMs`; idempotent. */
  close(timeoutMs: number): Promise<void>;
}

export interface ThreadOptions extends Partial<ThreadSettings> {
  readonly script: URL;
  /** What the thread is for, in messages: "the writer of the market store". */
  readonly name: string;
  /** Given to the thread as `workerData`. */
  readonly settings: object;
  readonly logger?: Logger;
  /** Starts a thread; `new Worker`. */
  readonly spawn?: SpawnThread;
}

export type SpawnThread = (script: URL, options: WorkerOptions) => Worker;

/** Starts a thread; rejects with `data_folder_unusable` or `newer_release` when it cannot open its files. */
export async function startThread(options: ThreadOptions): Promise<SupervisedThread> {
  const settings = withDefaults(THREADS.defaults, options);
  const { name, logger } = settings;
  const closing = new AbortController();
  let problem: string | null = null;
  let closed: Promise<void> | null = null;
  let restarting: Promise<void> | null = null;
  let waitMs = settings.restartMs;

  const onEnd = (why: string, ranMs: number) => {
    if (closing.signal.aborted) return;
    problem = `${name} ended unexpectedly: ${why}`;
    logger?.event(
      'thread_ended',
      { thread: name, reason: why },
      `${name} ended unexpectedly; another is started`,
    );
    if (ranMs > settings.healthyMs) waitMs = settings.restartMs;
    restarting ??= restart().finally(() => {
      restarting = null;
    });
  };
  const restart = async () => {
    while (!closing.signal.aborted) {
      await sleep(waitMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      waitMs = Math.min(2 * waitMs, settings.maxRestartMs);
      if (closing.signal.aborted) return;
      try {
        current = await startOne(settings, onEnd);
        if (closing.signal.aborted) return;
        problem = null;
        logger?.event('thread_recovered', { thread: name }, `${name} works again`);
        return;
      } catch (error) {
        problem = `${name} ended unexpectedly, and another cannot start: ${reasonOf(error)}`;
      }
    }
  };
  let current = await startOne(settings, onEnd);

  return {
    async ask(request, transfer) {
      if (closed !== null) throw stopped();
      if (problem !== null) throw new DeltaStreamError('store_failed', problem, { retryAfterSeconds: 1 });
      return current.ask(request, transfer);
    },
    problem: () => problem,
    close(timeoutMs) {
      closed ??= (async () => {
        closing.abort();
        await restarting;
        await current.close(timeoutMs);
      })();
      return closed;
    },
  };
}

interface OneThread {
  ask(request: unknown, transfer?: ArrayBuffer[]): Promise<unknown>;
  close(timeoutMs: number): Promise<void>;
}

async function startOne(
  settings: ThreadOptions & ThreadSettings,
  onEnd: (why: string, ranMs: number) => void,
): Promise<OneThread> {
  const { script, name, maxWaiting, spawn = (file, given) => new Worker(file, given) } = settings;
  const worker = spawn(script, {
    workerData: settings.settings,
    resourceLimits: { maxYoungGenerationSizeMb: settings.youngGenerationMb },
  });
  const begun = performance.now();
  const opened = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let nextId = 0;
  let isOpen = false;
  let over = false;
  let cause = 'it exited';

  worker.on('message', (reply: Reply) => {
    if (reply.kind === 'opened') {
      isOpen = true;
      return opened.resolve();
    }
    if (reply.kind === 'failed' && reply.id === null) return opened.reject(errorOf(reply.failure));
    const asked = waiting.get(reply.id as number);
    waiting.delete(reply.id as number);
    if (reply.kind === 'done') asked?.resolve(reply.result);
    else asked?.reject(errorOf(reply.failure));
  });
  worker.on('error', (error) => {
    cause = reasonOf(error);
  });
  worker.on('messageerror', (error) => {
    cause = `a message of it cannot be read: ${reasonOf(error)}`;
    void worker.terminate();
  });
  worker.on('exit', (code) => {
    over = true;
    const why = code === 0 ? cause : `${cause} (exit code ${code})`;
    const error = new DeltaStreamError('store_failed', `${name} ended unexpectedly: ${why}`, {
      retryAfterSeconds: 1,
    });
    opened.reject(error);
    // Before those that wait are told, so that who tries again at once is told the same.
    if (isOpen) onEnd(why, performance.now() - begun);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    exited.resolve();
  });

  const ask = (request: unknown, transfer: ArrayBuffer[] = []): Promise<unknown> => {
    if (waiting.size >= maxWaiting) {
      throw new DeltaStreamError('unavailable', `${maxWaiting} requests to ${name} wait already`, {
        retryAfterSeconds: 1,
      });
    }
    const answer = Promise.withResolvers<unknown>();
    const asked: Asked = { id: nextId++, request };
    waiting.set(asked.id, answer);
    worker.postMessage(asked, transfer);
    return answer.promise;
  };

  await opened.promise;
  const thread: OneThread = {
    ask: async (request, transfer) => {
      if (over) throw stopped();
      return ask(request, transfer);
    },
    async close(timeoutMs) {
      const force = setTimeout(() => worker.terminate(), timeoutMs);
      if (!over) await ask('close').catch(() => undefined);
      await exited.promise;
      clearTimeout(force);
    },
  };
  void exited.promise.then(collectIn(() => thread.ask('collect')));
  return thread;
}

const stopped = () => new DeltaStreamError('stopped', 'the store is closed');

const errorOf = ({ code, reason }: Failure): DeltaStreamError => new DeltaStreamError(code, reason);

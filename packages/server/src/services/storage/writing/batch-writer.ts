import { setTimeout as sleep } from 'node:timers/promises';
import { DeltaStreamError, isPermanent, reasonOf } from '../../../kit/errors.ts';
import { unlessAborted } from '../../../kit/lifecycle/bounded-wait.ts';
import type { StorageSettings } from '../settings.ts';

/** Writes items in batches, and keeps trying while the store is down. */
export interface BatchWriter<T> {
  /**
   * Resolves once the item is durable. Rejects with a permanent error when it can never be, and with
   * `stopped` when the writer was stopped before it could be.
   */
  write(item: T): Promise<void>;
  /** Why the last put failed; null while puts work. */
  failure(): string | null;
  /** Tries to write what it holds for at most so long, by default the stop timeout; idempotent. */
  stop(timeoutMs?: number): Promise<void>;
}

export interface BatchEvents {
  stored(count: number, seconds: number): void;
  refused(): void;
  failed(reason: string): void;
  recovered(): void;
}

interface Waiting<T> {
  readonly item: T;
  readonly done: PromiseWithResolvers<void>;
}

type WriterSettings = Pick<
  StorageSettings,
  'batchMessages' | 'batchMs' | 'retryMs' | 'maxRetryMs' | 'stopTimeoutMs'
>;

/**
 * A database outage must not use up the deliveries of a message, so a failed put is repeated here, with
 * backoff, and its messages stay unacknowledged meanwhile: the stream holds the backlog. A batch of which
 * an item can never be stored is written item by item, so that the others are not refused with it.
 */
export function createBatchWriter<T>(
  put: (items: readonly T[]) => Promise<void>,
  settings: WriterSettings,
  events: BatchEvents,
): BatchWriter<T> {
  let waiting: Waiting<T>[] = [];
  let timer: NodeJS.Timeout | null = null;
  let failure: string | null = null;
  let stopping: Promise<void> | null = null;
  const running = new Set<Promise<void>>();
  const giveUp = new AbortController();

  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    const run = store(batch).finally(() => running.delete(run));
    running.add(run);
  };

  const store = async (batch: Waiting<T>[]): Promise<void> => {
    try {
      await putUntilStored(batch.map(({ item }) => item));
      for (const { done } of batch) done.resolve();
    } catch (error) {
      if (isPermanent(error) && batch.length > 1) {
        await Promise.all(batch.map((each) => store([each])));
        return;
      }
      if (isPermanent(error)) events.refused();
      for (const { done } of batch) done.reject(error);
    }
  };

  const putUntilStored = async (items: readonly T[]): Promise<void> => {
    for (let waitMs = settings.retryMs; ; waitMs = Math.min(2 * waitMs, settings.maxRetryMs)) {
      const begun = performance.now();
      try {
        await unlessAborted(giveUp.signal, put(items), () => {
          throw stoppedError(failure);
        });
        if (failure !== null) events.recovered();
        failure = null;
        return events.stored(items.length, (performance.now() - begun) / 1000);
      } catch (error) {
        if (isPermanent(error) || giveUp.signal.aborted) throw error;
        failure = reasonOf(error);
        events.failed(failure);
        await sleep(waitMs, undefined, { signal: giveUp.signal }).catch(() => {
          throw stoppedError(failure);
        });
      }
    }
  };

  const end = async (timeoutMs: number) => {
    const limit = setTimeout(() => giveUp.abort(), timeoutMs);
    flush();
    while (running.size > 0) await Promise.all(running);
    clearTimeout(limit);
  };

  return {
    async write(item) {
      if (stopping !== null) throw stoppedError(null);
      const entry: Waiting<T> = { item, done: Promise.withResolvers() };
      waiting.push(entry);
      if (waiting.length >= settings.batchMessages) flush();
      else timer ??= setTimeout(flush, settings.batchMs);
      await entry.done.promise;
    },
    failure: () => failure,
    stop(timeoutMs = settings.stopTimeoutMs) {
      stopping ??= end(timeoutMs);
      return stopping;
    },
  };
}

function stoppedError(failure: string | null): DeltaStreamError {
  const because = failure === null ? '' : `; the store said: ${failure}`;
  return new DeltaStreamError('stopped', `storage stopped before the message was stored${because}`);
}

import type { Bar } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import type { StoredProductFigures } from '../../../../ports/stores/market-store.ts';
import type { TickDocument } from '../documents.ts';
import { type Batch, createBatch, type SnapshotEntry } from './batch.ts';

export interface GroupCommitSettings {
  /** Bytes of puts that are not yet durable beyond which further puts wait. */
  readonly maxPendingBytes: number;
  /** Bytes of one commit beyond which the next puts go into the following one. */
  readonly maxCommitBytes: number;
}

/** What a caller puts. */
export interface Rows {
  readonly entries: readonly SnapshotEntry[];
  readonly ticks: readonly TickDocument[];
  readonly bars: readonly Bar[];
  readonly figures?: readonly StoredProductFigures[];
}

/** Group commit: one batch is under way at a time, and what is put meanwhile goes together as the next. */
export interface GroupCommit {
  /**
   * Waits for room, then makes the rows, of about so many bytes, and resolves when they are durable. Rejects
   * as `make` and the commit do, and with `stopped` once closing.
   */
  put(bytes: number, make: () => Rows | Promise<Rows>): Promise<void>;
  /** Refuses further puts; resolves when those taken are done. */
  close(): Promise<void>;
}

interface Put extends Rows {
  readonly bytes: number;
  readonly done: PromiseWithResolvers<void>;
}

export function createGroupCommit(
  commit: (batch: Batch) => Promise<void>,
  settings: GroupCommitSettings,
): GroupCommit {
  const waiting: Put[] = [];
  const waiters: (() => void)[] = [];
  let pendingBytes = 0;
  let closed = false;
  let running = false;
  const admitted = new Set<Promise<void>>();

  const nextPuts = (): Put[] => {
    let bytes = 0;
    let count = 0;
    while (
      count < waiting.length &&
      (count === 0 || bytes + waiting[count].bytes <= settings.maxCommitBytes)
    ) {
      bytes += waiting[count++].bytes;
    }
    return waiting.splice(0, count);
  };

  const run = async (): Promise<void> => {
    // What else is put in this turn of the event loop joins the batch.
    await Promise.resolve();
    while (waiting.length > 0) {
      const puts = nextPuts();
      try {
        await commit(
          createBatch(
            puts.flatMap(({ entries }) => entries),
            puts.flatMap(({ ticks }) => ticks),
            puts.flatMap(({ bars }) => bars),
            puts.flatMap(({ figures = [] }) => figures),
          ),
        );
        for (const { done } of puts) done.resolve();
      } catch (error) {
        // A store that closes does not wait for a server that is away once more for those behind.
        for (const { done } of closed ? [...puts, ...waiting.splice(0)] : puts) done.reject(error);
      }
    }
    running = false;
  };

  const wakeWaiters = () => {
    if (pendingBytes >= settings.maxPendingBytes && !closed) return;
    for (const wake of waiters.splice(0)) wake();
  };

  const take = async (bytes: number, make: () => Rows | Promise<Rows>): Promise<void> => {
    const rows = await make();
    const { entries, ticks, bars, figures = [] } = rows;
    if (entries.length + ticks.length + bars.length + figures.length === 0) return;
    const put: Put = { ...rows, bytes, done: Promise.withResolvers() };
    waiting.push(put);
    if (!running) {
      running = true;
      run();
    }
    await put.done.promise;
  };

  return {
    async put(bytes, make) {
      while (!closed && pendingBytes >= settings.maxPendingBytes) {
        await new Promise<void>((resolve) => waiters.push(resolve));
      }
      if (closed) throw new DeltaStreamError('stopped', 'the store is closed');
      pendingBytes += bytes;
      const taken = take(bytes, make).finally(() => {
        pendingBytes -= bytes;
        admitted.delete(taken);
        wakeWaiters();
      });
      admitted.add(taken);
      await taken;
    },
    async close() {
      closed = true;
      wakeWaiters();
      await Promise.allSettled(admitted);
    },
  };
}

import { DeltaStreamError } from '../kit/errors.ts';

export interface GroupCommitSettings {
  /** Bytes of puts that are not yet durable beyond which further puts wait. */
  readonly maxPendingBytes: number;
  /** Bytes of one commit beyond which the next puts go into the following one. */
  readonly maxCommitBytes: number;
}

/** Group commit: one batch is under way at a time, and what is put meanwhile goes together as the next. */
export interface GroupCommit<Rows> {
  /**
   * Waits for room, then makes the rows, of about so many bytes, and resolves when they are durable; null: there are
   * none. Rejects as `make` and the commit do, and with `stopped` once closing.
   */
  put(bytes: number, make: () => Rows | null | Promise<Rows | null>): Promise<void>;
  /** Refuses further puts; resolves when those taken are done. */
  close(): Promise<void>;
}

interface Put<Rows> {
  readonly rows: Rows;
  readonly bytes: number;
  readonly done: PromiseWithResolvers<void>;
}

/** @param commit makes what several callers put durable as one */
export function createGroupCommit<Rows>(
  commit: (puts: readonly Rows[]) => Promise<void>,
  settings: GroupCommitSettings,
): GroupCommit<Rows> {
  const waiting: Put<Rows>[] = [];
  const waiters: (() => void)[] = [];
  let pendingBytes = 0;
  let closed = false;
  let running = false;
  const admitted = new Set<Promise<void>>();

  const nextPuts = (): Put<Rows>[] => {
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
        await commit(puts.map(({ rows }) => rows));
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

  const take = async (bytes: number, make: () => Rows | null | Promise<Rows | null>): Promise<void> => {
    const rows = await make();
    if (rows === null) return;
    const put: Put<Rows> = { rows, bytes, done: Promise.withResolvers() };
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

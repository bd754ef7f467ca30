import { type Bar, mergeBars } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import type { StoredProductFigures, StoredTick } from '../../../../ports/stores/market/market-store.ts';
import { FIGURES_BYTES } from '../../../put-rows.ts';
import type { CommitRequest, CommitResult } from '../messages.ts';

export interface CommitQueueSettings {
  /** Longest a put waits before it is handed to the writer, also while the writer is busy. */
  readonly commitIntervalMs: number;
  /** Bytes of puts that are not yet durable; beyond it puts wait. */
  readonly maxPendingBytes: number;
}

/**
 * Group commit. A put is handed over at once when the writer is idle; while it is busy, puts gather and
 * go together as the next commit, which is handed over early once it is large, so that the writer never
 * waits for its next work.
 */
export interface CommitQueue {
  /** Waits for room, then resolves when the put is durable. Rejects with `stopped` once closing. */
  put(rows: PutRows): Promise<void>;
  /** True while so much waits that the writer has no time for anything else. */
  isBehind(): boolean;
  /** Refuses further puts; resolves when those taken are done. */
  close(): Promise<void>;
}

/** What a caller puts. */
export interface PutRows {
  readonly blobs?: readonly Uint8Array[];
  readonly ticks?: readonly StoredTick[];
  readonly bars?: readonly Bar[];
  readonly figures?: readonly StoredProductFigures[];
}

interface Group {
  readonly blobs: Uint8Array[];
  readonly ticks: StoredTick[];
  readonly bars: Map<string, Bar>;
  readonly figures: StoredProductFigures[];
  bytes: number;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Bytes from which a group is worth handing over while another is being committed: some 130 chains of 200 quotes share two
 * syncs of the disk. The best of 256 to 1,024 KiB in bench/store.
 */
const LARGE_GROUP_BYTES = 768 * 1024;
/** Bytes of puts that wait from which other work of the writer stands back. */
const BEHIND_BYTES = 512 * 1024;
const TICK_BYTES = 200; // What a row takes in memory, about.

export function createCommitQueue(
  commit: (request: CommitRequest, transfer: ArrayBuffer[]) => Promise<CommitResult>,
  settings: CommitQueueSettings,
  onLongLogs: (files: CommitResult) => void,
): CommitQueue {
  let group = emptyGroup();
  let timer: NodeJS.Timeout | null = null;
  let busy = 0;
  let pendingBytes = 0;
  let closed = false;
  const waiters: (() => void)[] = [];
  const running = new Set<Promise<void>>();

  const isEmpty = () => group.bytes === 0;

  const handOver = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const current = group;
    group = emptyGroup();
    busy++;
    const { request, transfer } = packed(current);
    const run = commit(request, transfer)
      .then(
        (longLogs) => {
          current.done.resolve();
          if (longLogs.length > 0) onLongLogs(longLogs);
        },
        (error) => current.done.reject(error),
      )
      .finally(() => {
        busy--;
        pendingBytes -= current.bytes;
        running.delete(run);
        wakeWaiters();
        pump();
      });
    running.add(run);
  };

  const pump = () => {
    if (isEmpty()) return;
    if (busy === 0 || (busy === 1 && group.bytes >= LARGE_GROUP_BYTES)) handOver();
    else timer ??= setTimeout(handOver, settings.commitIntervalMs);
  };

  const wakeWaiters = () => {
    if (pendingBytes >= settings.maxPendingBytes) return;
    for (const wake of waiters.splice(0)) wake();
  };

  return {
    async put(rows) {
      while (!closed && pendingBytes >= settings.maxPendingBytes) {
        await new Promise<void>((resolve) => waiters.push(resolve));
      }
      if (closed) throw new DeltaStreamError('stopped', 'the store is closed');
      const bytes = addTo(group, rows);
      if (bytes === 0) return;
      pendingBytes += bytes;
      const { done } = group;
      // What else is put in this turn of the event loop joins the group.
      queueMicrotask(pump);
      await done.promise;
    },
    isBehind: () => pendingBytes >= BEHIND_BYTES,
    async close() {
      closed = true;
      for (const wake of waiters.splice(0)) wake();
      while (!isEmpty() || running.size > 0) {
        if (!isEmpty()) handOver();
        await Promise.all(running);
      }
    },
  };
}

function emptyGroup(): Group {
  return { blobs: [], ticks: [], bars: new Map(), figures: [], bytes: 0, done: Promise.withResolvers() };
}

/** Returns how many bytes the put adds. */
function addTo(group: Group, { blobs = [], ticks = [], bars = [], figures = [] }: PutRows): number {
  let bytes = (ticks.length + bars.length) * TICK_BYTES + figures.length * FIGURES_BYTES;
  for (const blob of blobs) {
    group.blobs.push(blob);
    bytes += blob.length;
  }
  for (const tick of ticks) group.ticks.push(tick);
  for (const each of figures) group.figures.push(each);
  for (const bar of bars) {
    const key = `${bar.product} ${bar.interval} ${bar.start}`;
    const held = group.bars.get(key);
    group.bars.set(key, held === undefined ? bar : mergeBars(held, bar));
  }
  group.bytes += bytes;
  return bytes;
}

function packed({ blobs, ticks, bars, figures }: Group): { request: CommitRequest; transfer: ArrayBuffer[] } {
  const ends = new Uint32Array(blobs.length);
  let end = 0;
  for (const [i, blob] of blobs.entries()) {
    end += blob.length;
    ends[i] = end;
  }
  const bytes = new Uint8Array(end);
  for (const [i, blob] of blobs.entries()) bytes.set(blob, ends[i] - blob.length);
  return {
    request: { kind: 'commit', bytes, ends, ticks, bars: [...bars.values()], figures },
    transfer: [bytes.buffer, ends.buffer],
  };
}

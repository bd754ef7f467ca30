import { mkdirSync, statSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { EnrichedChain } from '@deltastream/contracts';
import { createChainBlobCodec } from '../../codec/chain-blob.ts';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import type { MarketReader, MarketStore } from '../../ports/market-store.ts';
import type { CheckpointSettings } from './checkpoint-worker.ts';
import { type CommitQueueSettings, createCommitQueue } from './commit-queue.ts';
import { createMarketReader } from './market-reader.ts';
import type { CheckpointRequest, CommitResult } from './messages.ts';
import type { ReaderSettings } from './reader.ts';
import { startWorker, type WorkerClient } from './worker-client.ts';
import type { WriterSettings } from './writer.ts';

export interface SqliteReaderOptions {
  /** How long a statement waits for another connection's lock; 5,000 ms. */
  readonly busyTimeoutMs?: number;
  /** Hot files (one a day) kept open; 4 for writing, 4 for reading. */
  readonly maxOpenDays?: number;
  /** Longest time for closing; then threads are ended by force; 10,000 ms. */
  readonly closeTimeoutMs?: number;
}

export interface SqliteMarketStoreOptions extends SqliteReaderOptions {
  /** Folder of the files; created when absent. */
  readonly folder: string;
  /** full: a commit survives power loss. normal: it survives a crash of the process; full. */
  readonly synchronous?: 'full' | 'normal';
  /** Longest a put waits before its commit begins; it begins at once when the writer is idle; 100 ms. */
  readonly commitIntervalMs?: number;
  /** Bytes of puts not yet durable beyond which further puts wait; 16 MiB. */
  readonly maxPendingBytes?: number;
  /** Bytes of a write-ahead log beyond which it is moved into its file; 8 MiB. */
  readonly checkpointBytes?: number;
}

export type ClosableMarketReader = MarketReader & { close(): Promise<void> };

const DEFAULT_BUSY_TIMEOUT_MS = 5000;
const DEFAULT_OPEN_DAYS = 4;
const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;
const DEFAULT_COMMIT_INTERVAL_MS = 100;
const DEFAULT_PENDING_BYTES = 16 * 1024 * 1024;
const DEFAULT_CHECKPOINT_BYTES = 8 * 1024 * 1024;
/** Chains encoded between two turns of the event loop. */
const ENCODE_SLICE = 32;

/**
 * The market store in a folder of SQLite files, for one writing process. `main.db` holds summaries, bars
 * and ticks, `hot-YYYYMMDD.db` the snapshots of one UTC day as blobs. Three threads: one writes, one
 * checkpoints, one reads. Rejects with `data_folder_unusable` naming the file; afterwards its operations
 * reject with `store_failed` naming it, and work again once the cause (a full disk) is gone.
 */
export async function createSqliteMarketStore(options: SqliteMarketStoreOptions): Promise<MarketStore> {
  const { folder } = options;
  const busyTimeoutMs = options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS;
  const closeTimeoutMs = options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS;
  prepareFolder(folder);

  const writerSettings: WriterSettings = {
    folder,
    synchronous: options.synchronous ?? 'full',
    busyTimeoutMs,
    maxOpenDays: options.maxOpenDays ?? DEFAULT_OPEN_DAYS,
    checkpointBytes: options.checkpointBytes ?? DEFAULT_CHECKPOINT_BYTES,
  };
  const queueSettings: CommitQueueSettings = {
    commitIntervalMs: options.commitIntervalMs ?? DEFAULT_COMMIT_INTERVAL_MS,
    maxPendingBytes: options.maxPendingBytes ?? DEFAULT_PENDING_BYTES,
  };
  const writer = await startWorker(new URL('./writer-worker.ts', import.meta.url), writerSettings);
  const [checkpointer, reader] = await Promise.all([
    startWorker(new URL('./checkpoint-worker.ts', import.meta.url), {
      busyTimeoutMs,
    } satisfies CheckpointSettings),
    startReader(folder, options),
  ]).catch(async (error) => {
    await writer.close(closeTimeoutMs);
    throw error;
  });

  const queue = createCommitQueue(
    (request, transfer) => writer.ask(request, transfer) as Promise<CommitResult>,
    queueSettings,
    checkpointOneAtATime(checkpointer),
  );
  const codec = createChainBlobCodec();
  const encoded = (chain: EnrichedChain): Uint8Array => {
    try {
      return codec.encode(chain);
    } catch (cause) {
      const what = `${chain.product} ${chain.expiry} at ${chain.timestamp}: ${reasonOf(cause)}`;
      throw new DeltaStreamError('malformed_message', what, { cause, permanent: true });
    }
  };
  let closing: Promise<void> | null = null;

  return {
    ...createMarketReader(reader),
    async putSnapshots(chains) {
      const blobs: Uint8Array[] = [];
      for (const chain of chains) {
        blobs.push(encoded(chain));
        if (blobs.length % ENCODE_SLICE === 0 && blobs.length < chains.length) await nextTurn();
      }
      await queue.put(blobs, [], []);
    },
    putTicks: (ticks, bars) => queue.put([], ticks, bars),
    close() {
      closing ??= (async () => {
        await within(closeTimeoutMs, queue.close());
        // The writer goes last: the last connection to a file moves its log into it and removes it.
        await Promise.all([reader.close(closeTimeoutMs), checkpointer.close(closeTimeoutMs)]);
        await writer.close(closeTimeoutMs);
      })();
      return closing;
    },
  };
}

/** Reads a folder that another process may be writing to. An empty or new folder holds nothing yet. */
export async function openSqliteMarketReader(
  folder: string,
  options: SqliteReaderOptions = {},
): Promise<ClosableMarketReader> {
  requireFolder(folder);
  const client = await startReader(folder, options);
  return {
    ...createMarketReader(client),
    close: () => client.close(options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS),
  };
}

function startReader(folder: string, options: SqliteReaderOptions): Promise<WorkerClient> {
  const settings: ReaderSettings = {
    folder,
    busyTimeoutMs: options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS,
    maxOpenDays: options.maxOpenDays ?? DEFAULT_OPEN_DAYS,
  };
  return startWorker(new URL('./reader-worker.ts', import.meta.url), settings);
}

/** A checkpoint that fails is tried again with the next commit, and the log is as safe as the file. */
function checkpointOneAtATime(checkpointer: WorkerClient): (files: CommitResult) => void {
  let running = false;
  return (files) => {
    if (running) return;
    running = true;
    const request: CheckpointRequest = { kind: 'checkpoint', files };
    checkpointer
      .ask(request)
      .catch(() => undefined)
      .finally(() => {
        running = false;
      });
  };
}

/** Waits for work for a limited time; what is still under way is ended with its thread. */
async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  const limit = new AbortController();
  await Promise.race([work, sleep(timeoutMs, undefined, { signal: limit.signal })]);
  limit.abort();
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new DeltaStreamError('data_folder_unusable', `${folder}: ${reasonOf(cause)}`, { cause });
  }
}

function requireFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new DeltaStreamError('data_folder_unusable', `${folder}: there is no such folder`);
}

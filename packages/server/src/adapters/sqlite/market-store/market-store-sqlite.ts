import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createChainBlobCodec } from '../../../codec/chain-blob.ts';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { within } from '../../../kit/lifecycle/bounded-wait.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import type { MarketReader, MarketStore, Snapshot } from '../../../ports/stores/market/market-store.ts';
import { encodeInTurns } from '../../put-rows.ts';
import { marketRetentionClock, RETENTION, type RetentionSettings } from '../../retention-settings.ts';
import { createLateThread } from '../late-thread.ts';
import { SQLITE_STORE, type SqliteStoreSettings, type ThreadSettings } from '../settings.ts';
import { type SpawnThread, type SupervisedThread, startThread } from '../supervised-thread.ts';
import { removePartialFiles } from './files/files.ts';
import type { CommitResult, StateRequest, WriterState } from './messages.ts';
import { createMarketReader } from './reading/market-reader.ts';
import type { ReaderSettings } from './reading/reader.ts';
import { createRoller } from './rollups/roller.ts';
import { createSealer } from './sealing/sealer.ts';
import type { SealerThreadSettings } from './sealing/sealer-worker.ts';
import type { CheckpointSettings } from './writing/checkpoint-worker.ts';
import { createCheckpointer } from './writing/checkpointer.ts';
import { createCommitQueue } from './writing/commit-queue.ts';
import { createRebuilding, type Rebuilding } from './writing/rebuilding.ts';
import type { WriterSettings } from './writing/writer-settings.ts';

export interface SqliteReaderOptions
  extends Partial<Pick<SqliteStoreSettings, 'busyTimeoutMs' | 'maxReadDays' | 'closeTimeoutMs'>> {
  /** Told of threads that end, and of files that are damaged. */
  readonly logger?: Logger;
  readonly threads?: Partial<ThreadSettings>;
  /** Starts the threads; `new Worker`. */
  readonly spawn?: SpawnThread;
}

export interface SqliteMarketStoreOptions
  extends SqliteReaderOptions,
    Partial<SqliteStoreSettings>,
    Partial<RetentionSettings> {
  /** Folder of the files; created when absent. */
  readonly folder: string;
}

export interface SqliteMarketStore extends MarketStore {
  /** Seals every day that has a hot file now, due or not; rejects with why one cannot be sealed. */
  sealAll(): Promise<void>;
  /** Rolls up the figures of all that is stored now, the hours under way included. */
  rollUpAll(): Promise<void>;
}

export type ClosableMarketReader = MarketReader & { close(): Promise<void> };

/**
 * The market store in a folder of SQLite files, for one writing process. `main.db` holds summaries, bars and ticks,
 * `hot-YYYYMMDD.db` the snapshots of one UTC day as blobs, and `day-YYYYMMDD.db` those of a day that is over, compressed;
 * rows that come later are in another hot file beside it, and replace what is sealed. One thread writes, one reads from the
 * first request on, one checkpoints from when a log is long for the first time, and one seals while there is a day to seal. Rejects with `data_folder_unusable` naming the file; afterwards its operations
 * reject with `store_failed` naming it, and work again once the cause (a full disk) is gone.
 */
export async function createSqliteMarketStore(options: SqliteMarketStoreOptions): Promise<SqliteMarketStore> {
  const { folder } = options;
  const settings = withDefaults({ ...SQLITE_STORE.defaults, ...RETENTION.defaults }, options);
  const { synchronous, busyTimeoutMs, maxOpenDays, checkpointBytes, closeTimeoutMs } = settings;
  const { checkBytes, checkDayBytes } = settings;
  prepareFolder(folder);

  const { logger, spawn } = options;
  const writer = await startThread({
    ...options.threads,
    script: new URL('./writing/writer-worker.ts', import.meta.url),
    name: 'the writer of the market store',
    settings: {
      ...{ folder, synchronous, busyTimeoutMs, maxOpenDays, checkpointBytes, checkBytes, checkDayBytes },
    } satisfies WriterSettings,
    logger,
    spawn,
  });
  const checkpointer = createCheckpointer(
    () =>
      startThread({
        ...options.threads,
        script: new URL('./writing/checkpoint-worker.ts', import.meta.url),
        name: 'the checkpointer of the market store',
        settings: { busyTimeoutMs, checkpointBytes } satisfies CheckpointSettings,
        logger,
        spawn,
      }),
    logger,
  );
  const reader = createLateThread(() => startReader(folder, options));
  const queue = createCommitQueue(
    (request, transfer) => writer.ask(request, transfer) as Promise<CommitResult>,
    settings,
    checkpointer.begin,
  );
  const rebuilding = createRebuilding({ writer, ...settings, isBehind: queue.isBehind, logger });
  const threads = [writer, checkpointer, reader];
  const watch = await watchState(writer, threads, settings.stateIntervalMs, rebuilding, logger);
  if (watch.isRebuilding()) {
    await rebuilding.begin();
    await watch.refresh();
  }
  const retention = marketRetentionClock(settings, { file: join(folder, 'retention.json'), logger });
  const sealer = createSealer({
    folder,
    settings,
    retention,
    start: () =>
      startThread({
        ...options.threads,
        script: new URL('./sealing/sealer-worker.ts', import.meta.url),
        name: 'the sealer of the market store',
        settings: { folder, busyTimeoutMs } satisfies SealerThreadSettings,
        logger,
        spawn,
      }),
    writer,
    isBehind: () => queue.isBehind() || rebuilding.isRunning(),
    closeTimeoutMs,
    logger,
  });
  const roller = createRoller({ folder, settings, retention, writer, isBehind: queue.isBehind, logger });
  const codec = createChainBlobCodec();
  const encoded = (chain: Snapshot): Uint8Array => {
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
      await queue.put({ blobs: await encodeInTurns(chains, encoded) });
    },
    putTicks: (ticks, bars) => queue.put({ ticks, bars }),
    putProductFigures: (figures) => queue.put({ figures }),
    storeId: watch.storeId,
    problems: () => [...watch.problems(), ...sealer.problems().map((reason) => ({ reason, working: true }))],
    metrics: sealer.metrics,
    sealAll: sealer.sealAll,
    rollUpAll: roller.rollUpAll,
    close() {
      closing ??= (async () => {
        watch.stop();
        await Promise.all([sealer.close(), roller.close(), rebuilding.close()]);
        // What is still under way then is ended with its thread.
        await within(closeTimeoutMs, queue.close(), () => undefined);
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
  const { closeTimeoutMs } = withDefaults(SQLITE_STORE.defaults, options);
  const client = await startReader(folder, options);
  return { ...createMarketReader(client), close: () => client.close(closeTimeoutMs) };
}

function startReader(folder: string, options: SqliteReaderOptions): Promise<SupervisedThread> {
  const { busyTimeoutMs, maxReadDays } = withDefaults(SQLITE_STORE.defaults, options);
  const settings: ReaderSettings = { folder, busyTimeoutMs, maxOpenDays: maxReadDays };
  return startThread({
    ...options.threads,
    script: new URL('./reading/reader-worker.ts', import.meta.url),
    name: 'the reader of the market store',
    settings,
    logger: options.logger,
    spawn: options.spawn,
  });
}

interface StateWatch {
  readonly storeId: string;
  readonly problems: MarketStore['problems'];
  isRebuilding(): boolean;
  /** Asks now. */
  refresh(): Promise<void>;
  stop(): void;
}

/** Asks the writer for its state at every interval, and says once what is new about it. */
async function watchState(
  writer: SupervisedThread,
  threads: readonly Pick<SupervisedThread, 'problem'>[],
  intervalMs: number,
  rebuild: Rebuilding,
  logger: Logger | undefined,
): Promise<StateWatch> {
  const request: StateRequest = { kind: 'state' };
  const ask = () => writer.ask(request) as Promise<WriterState>;
  const first = await ask();
  const logged = new Set<string>();
  let { damaged, rebuilding } = first;
  let failure: string | null = null;
  const say = (problems: readonly string[]) => {
    for (const problem of problems)
      if (!logged.has(problem)) logger?.event('stored_data_damaged', { reason: problem });
    for (const problem of problems) logged.add(problem);
  };
  say(damaged);
  const look = async () => {
    try {
      ({ damaged, rebuilding } = await ask());
      say(damaged);
      // Found damaged while it was in use, or the last run ended with a failure.
      if (rebuilding !== null && !rebuild.isRunning()) void rebuild.begin();
      failure = null;
    } catch (error) {
      const reason = reasonOf(error);
      if (writer.problem() === null && failure !== reason) logger?.event('market_store_failing', { reason });
      failure = reason;
    }
  };
  let asking: Promise<void> | null = null;
  const askOnce = (): Promise<void> => {
    asking ??= look().finally(() => {
      asking = null;
    });
    return asking;
  };
  const timer = setInterval(askOnce, intervalMs).unref();
  return {
    storeId: first.storeId,
    problems: () => {
      const reasons = [...threads.map((each) => each.problem()), failure].filter((reason) => reason !== null);
      return [
        ...[...new Set(reasons)].map((reason) => ({ reason, working: false })),
        ...[...damaged, ...(rebuilding === null ? [] : [rebuilding])].map((reason) => ({
          reason,
          working: true,
        })),
      ];
    },
    isRebuilding: () => rebuilding !== null,
    async refresh() {
      // What was asked before may be answered with a state that is over.
      await asking;
      await askOnce();
    },
    stop: () => clearInterval(timer),
  };
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    removePartialFiles(folder);
  } catch (cause) {
    throw new DeltaStreamError('data_folder_unusable', `${folder}: ${reasonOf(cause)}`, { cause });
  }
}

function requireFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new DeltaStreamError('data_folder_unusable', `${folder}: there is no such folder`);
}

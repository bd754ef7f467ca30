import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ExportOrder, ExportProgress, ExportView } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Job, JobView, Queue, QueueWorker } from '../../../ports/queue.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { createCancellations, watchCancelled } from '../cancellations.ts';
import { PART } from '../exports/complete-file.ts';
import { createEncodingThread } from '../exports/encoding-thread.ts';
import { checkOrder, exportFileName } from '../exports/export-order.ts';
import { createExportStreams } from '../exports/export-stream.ts';
import { writeExport } from '../exports/write-export.ts';
import { createJobList, jobView } from '../job-list.ts';
import { createFolderFiles, type FolderFile } from './folder-files.ts';
import { TRANSFERS, type TransferLimits } from './transfer-settings.ts';

export interface TransferPorts {
  readonly queue: Queue;
  readonly store: MarketReader;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface TransferSettings extends Partial<TransferLimits> {
  /** Holds the folder `exports`. */
  readonly folder: string;
}

/** Stored data out of the store, as jobs. */
export interface Transfers {
  start(): Promise<void>;
  /** What is under way ends, and begins again where the queue outlives the process. */
  stop(): Promise<void>;
  /** Rejects with `invalid_request` when the order makes no sense. */
  addExport(order: ExportOrder): Promise<ExportView>;
  exports(): Promise<ExportView[]>;
  exportFiles(): Promise<FolderFile[]>;
  /** Path of a finished export. Rejects with `not_found`. */
  exportFile(name: string): Promise<string>;
  /** Null when no such job is known. */
  exportJob(id: string): Promise<ExportView | null>;
  /** Likewise. Rejects with `invalid_request` for one that is at its end. */
  cancelExport(id: string): Promise<ExportView | null>;
  /** An export as it is made, see `ExportStreams`; rejects with `invalid_request`, too. */
  streamExport(order: ExportOrder, gone: AbortSignal): Promise<Readable>;
}

const EXPORT_JOB = 'export';
const EXPORTED = /^[A-Z0-9][A-Za-z0-9._&-]*\.(?:csv|parquet|arrows)(\.[0-9a-f]+\.part)?$/;
/** A part that has not changed for this long, by the monotonic clock, has no writer any more. */
const STALE_PART_MS = 3_600_000;

export function createTransfers(ports: TransferPorts, settings: TransferSettings): Transfers {
  const { queue, store, logger, clock } = ports;
  const limits = { ...TRANSFERS.defaults, ...settings };
  const exported = createFolderFiles(join(settings.folder, 'exports'), EXPORTED);
  const cancellations = createCancellations(join(settings.folder, 'exports', '.cancelled'));
  const streams = createExportStreams(store, limits);
  const stopping = new AbortController();
  const workers: QueueWorker[] = [];

  const finished = async () => (await exported.list()).filter(({ name }) => !name.endsWith(PART));

  /** By the name of a part, what it was like and since when. */
  let parts = new Map<string, { readonly like: string; readonly sinceMs: number }>();

  /** `newest` counts as that, also where a wall clock that was set back makes it look older than others. */
  const prune = async (newest: string) => {
    const now = clock.monotonicMs();
    const files = await exported.list();
    const isPart = ({ name }: FolderFile) => name.endsWith(PART);
    parts = new Map(
      files.filter(isPart).map(({ name, bytes, writtenAt }) => {
        const like = `${bytes} ${writtenAt}`;
        const seen = parts.get(name);
        return [name, seen?.like === like ? seen : { like, sinceMs: now }];
      }),
    );
    const complete = files.filter((file) => !isPart(file)).map(({ name }) => name);
    const tooMany = [newest, ...complete.filter((name) => name !== newest)].slice(limits.exportMaxFiles);
    const stale = [...parts].flatMap(([name, { sinceMs }]) => (now - sinceMs >= STALE_PART_MS ? [name] : []));
    for (const name of [...tooMany, ...stale]) await rm(await exported.place(name), { force: true });
  };

  const writeFile = async (
    order: ExportOrder,
    report: (progress: ExportProgress) => Promise<void>,
    signal: AbortSignal,
  ) => {
    const name = exportFileName(order);
    const path = await exported.place(name);
    const encoder = createEncodingThread();
    try {
      const { rows, bytes } = await writeExport({ store, encoder }, order, path, report, signal, limits);
      logger.event('export_completed', { ...order, rows, bytes });
    } finally {
      await encoder.close();
    }
    await prune(name);
  };

  const runExport = async (job: Job, report: (progress: ExportProgress) => Promise<void>) => {
    const order = read<ExportOrder>(job.payload);
    const key = cancelKey(await queue.job(job.id));
    const cancelling = new AbortController();
    const stopLooking = watchCancelled(() => cancellations.isRequested(key), cancelling, limits.reportMs);
    let last: ExportProgress = { rows: 0, bytes: 0, timestamp: null, cancelled: false };
    const tell = (progress: ExportProgress) => {
      last = progress;
      return report(progress);
    };
    try {
      if (await cancellations.isRequested(key)) cancelling.abort();
      cancelling.signal.throwIfAborted();
      await writeFile(order, tell, AbortSignal.any([stopping.signal, cancelling.signal]));
      await cancellations.forget(key);
    } catch (error) {
      if (stopping.signal.aborted || !cancelling.signal.aborted) throw error;
      await report({ ...last, cancelled: true });
      logger.event('export_cancelled', { ...order });
      await cancellations.forget(key);
    } finally {
      stopLooking();
    }
  };

  const exports = createJobList(queue, EXPORT_JOB, exportView);

  return {
    async start() {
      const known = await queue.jobs(EXPORT_JOB, MOST_JOBS);
      await cancellations.keepOnly(known.filter(isUnderWay).map(cancelKey));
      workers.push(await queue.process(EXPORT_JOB, runExport));
    },
    async stop() {
      stopping.abort();
      await Promise.all([streams.close(), ...workers.splice(0).map((worker) => worker.stop())]);
    },
    async addExport(order) {
      checkOrder(order);
      return exports.add(written(order), exportFileName(order));
    },
    exports: exports.list,
    exportFiles: finished,
    exportFile: (name) => exported.find(name),
    exportJob: exports.find,
    async cancelExport(id) {
      const job = await queue.job(id);
      if (job?.name !== EXPORT_JOB) return null;
      if (!isUnderWay(job)) {
        throw new DeltaStreamError('invalid_request', `export ${id} is at its end: ${job.state}`);
      }
      await cancellations.request(cancelKey(job));
      return exportView(job);
    },
    async streamExport(order, gone) {
      checkOrder(order);
      return streams.open(order, gone);
    },
  };
}

/** Jobs whose cancellation outlives a restart, the newest. */
const MOST_JOBS = 1_000;

const isUnderWay = ({ state }: JobView): boolean => state === 'waiting' || state === 'running';

/** An id is not enough: a queue in memory gives it again after a restart. */
const cancelKey = (job: Pick<JobView, 'id' | 'addedAt'> | null): string => `${job?.id} ${job?.addedAt}`;

const written = (content: object): Uint8Array => new TextEncoder().encode(JSON.stringify(content));
const read = <T>(payload: Uint8Array): T => JSON.parse(new TextDecoder().decode(payload)) as T;

const exportView = (job: JobView): ExportView => {
  const order = read<ExportOrder>(job.payload);
  return {
    ...jobView(job),
    ...order,
    file: exportFileName(order),
    progress: progressOf(job),
  };
};

/** One of an earlier release says nothing of cancelling. */
const progressOf = ({ progress }: JobView): ExportProgress | null =>
  progress && ({ cancelled: false, ...progress } as ExportProgress);

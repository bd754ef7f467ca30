import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportOrder, ExportProgress, ExportView } from '@deltastream/contracts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { JobView, Queue, QueueWorker } from '../../../ports/queue.ts';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import { PART } from '../exports/complete-file.ts';
import { createEncodingThread } from '../exports/encoding-thread.ts';
import { checkOrder, exportFileName } from '../exports/export-order.ts';
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
}

const EXPORT_JOB = 'export';
const EXPORTED = /^[A-Z0-9][A-Za-z0-9._&-]*\.(?:csv|parquet|arrows)(\.[0-9a-f]+\.part)?$/;
/** A part that has not changed for this long, by the monotonic clock, has no writer any more. */
const STALE_PART_MS = 3_600_000;

export function createTransfers(ports: TransferPorts, settings: TransferSettings): Transfers {
  const { queue, store, logger, clock } = ports;
  const limits = { ...TRANSFERS.defaults, ...settings };
  const exported = createFolderFiles(join(settings.folder, 'exports'), EXPORTED);
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

  const runExport = async (payload: Uint8Array, report: (progress: ExportProgress) => Promise<void>) => {
    const order = read<ExportOrder>(payload);
    const name = exportFileName(order);
    const path = await exported.place(name);
    const encoder = createEncodingThread();
    try {
      const { rows, bytes } = await writeExport(
        { store, encoder },
        order,
        path,
        report,
        stopping.signal,
        limits,
      );
      logger.info({ ...order, rows, bytes }, 'exported');
    } finally {
      await encoder.close();
    }
    await prune(name);
  };

  const exports = createJobList(queue, EXPORT_JOB, exportView);

  return {
    async start() {
      workers.push(await queue.process(EXPORT_JOB, ({ payload }, report) => runExport(payload, report)));
    },
    async stop() {
      stopping.abort();
      await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    },
    async addExport(order) {
      checkOrder(order);
      return exports.add(written(order), exportFileName(order));
    },
    exports: exports.list,
    exportFiles: finished,
    exportFile: (name) => exported.find(name),
    exportJob: exports.find,
  };
}

const written = (content: object): Uint8Array => new TextEncoder().encode(JSON.stringify(content));
const read = <T>(payload: Uint8Array): T => JSON.parse(new TextDecoder().decode(payload)) as T;

const exportView = (job: JobView): ExportView => {
  const order = read<ExportOrder>(job.payload);
  return {
    ...jobView(job),
    ...order,
    file: exportFileName(order),
    progress: job.progress as ExportProgress | null,
  };
};

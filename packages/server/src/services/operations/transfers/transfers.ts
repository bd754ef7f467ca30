import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  ExportOrder,
  ExportProgress,
  ExportView,
  ImportOrder,
  ImportProgress,
  ImportView,
} from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { createImportNumbers } from '../../../kit/recordings/import-numbers.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { JobView, Queue, QueueWorker } from '../../../ports/queue.ts';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import {
  importKey,
  importPayload,
  importView,
  type OrderedImport,
  readImport,
  saidIn,
} from '../imports/import-order.ts';
import { importRecording } from '../imports/import-recording.ts';
import { createJobList, jobView } from '../job-list.ts';
import { createFolderFiles, type FolderFile } from './folder-files.ts';
import type { OpenRecording } from './open-recording.ts';
import { TRANSFERS, type TransferLimits } from './transfer-settings.ts';
import { checkOrder, exportFileName, PART, writeExport } from './write-export.ts';

export interface TransferPorts {
  readonly bus: Bus;
  readonly queue: Queue;
  readonly store: MarketReader;
  readonly logger: Logger;
  readonly openRecording: OpenRecording;
  readonly clock: Clock;
}

export interface TransferSettings extends Partial<TransferLimits> {
  /** Holds the folders `imports`, which an operator fills, and `exports`. */
  readonly folder: string;
  /** Why recordings are not taken here; null when they are. */
  readonly importRefusal: string | null;
  /** What the data is called that is kept here. */
  readonly dataset?: string;
}

/** Recordings into the store, and stored data out of it, as jobs. */
export interface Transfers {
  start(): Promise<void>;
  /** What is under way ends, and begins again where the queue outlives the process. */
  stop(): Promise<void>;
  /** Rejects with `not_found` when there is no such recording, `invalid_request` where none is taken or the order makes no sense. */
  addImport(order: ImportOrder): Promise<ImportView>;
  imports(): Promise<ImportView[]>;
  recordings(): Promise<string[]>;
  /** Rejects with `invalid_request` when the order makes no sense. */
  addExport(order: ExportOrder): Promise<ExportView>;
  exports(): Promise<ExportView[]>;
  exportFiles(): Promise<FolderFile[]>;
  /** Path of a finished export. Rejects with `not_found`. */
  exportFile(name: string): Promise<string>;
  /** Null when no such job is known. */
  importJob(id: string): Promise<ImportView | null>;
  exportJob(id: string): Promise<ExportView | null>;
}

export const IMPORT_JOB = 'import';
const EXPORT_JOB = 'export';
const RECORDING = /^[A-Za-z0-9][A-Za-z0-9._ -]*$/;
const EXPORTED = /^[A-Z0-9][A-Za-z0-9._&-]*\.csv(\.[0-9a-f]+\.part)?$/;
/** A part that has not changed for this long, by the monotonic clock, has no writer any more. */
const STALE_PART_MS = 3_600_000;

export function createTransfers(ports: TransferPorts, settings: TransferSettings): Transfers {
  const { bus, queue, store, logger, openRecording, clock } = ports;
  const limits = { ...TRANSFERS.defaults, ...settings };
  const recordings = createFolderFiles(importFolder(settings.folder), RECORDING);
  const exported = createFolderFiles(join(settings.folder, 'exports'), EXPORTED);
  const stopping = new AbortController();
  const workers: QueueWorker[] = [];
  const nextNumber = createImportNumbers({ bus, store });

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

  const runImport = async (payload: Uint8Array, report: (progress: ImportProgress) => Promise<void>) => {
    const order = readImport(payload);
    const { file, generation } = order;
    if (settings.importRefusal !== null) {
      throw new DeltaStreamError('unreadable_source', settings.importRefusal, { permanent: true });
    }
    const path = await recordings.find(file);
    const stamp = { generation, dataset: settings.dataset };
    const open = () => openRecording(path, stopping.signal, saidIn(order));
    await importRecording({ bus, store, logger, open, stamp }, report, stopping.signal, limits);
    logger.info({ file }, 'recording imported');
  };

  const runExport = async (payload: Uint8Array, report: (progress: ExportProgress) => Promise<void>) => {
    const order = read<ExportOrder>(payload);
    const name = exportFileName(order);
    const path = await exported.place(name);
    const { rows, bytes } = await writeExport(store, order, path, report, stopping.signal, limits);
    logger.info({ ...order, rows, bytes }, 'exported');
    await prune(name);
  };

  const imports = createJobList(queue, IMPORT_JOB, importView);
  const exports = createJobList(queue, EXPORT_JOB, exportView);

  return {
    async start() {
      workers.push(await queue.process(IMPORT_JOB, ({ payload }, report) => runImport(payload, report)));
      workers.push(await queue.process(EXPORT_JOB, ({ payload }, report) => runExport(payload, report)));
    },
    async stop() {
      stopping.abort();
      await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    },
    async addImport(order) {
      if (settings.importRefusal !== null) throw invalid(settings.importRefusal);
      // Throws for what is not a time or day, before anything is kept of the order.
      saidIn(order);
      await recordings.find(order.file);
      const { keep_existing = false, ...rest } = order;
      const ordered: OrderedImport = { ...rest, generation: await nextNumber(keep_existing) };
      return imports.add(importPayload(ordered), importKey(ordered));
    },
    imports: imports.list,
    recordings: async () => (await recordings.list()).map(({ name }) => name),
    async addExport(order) {
      checkOrder(order);
      return exports.add(written(order), exportFileName(order));
    },
    exports: exports.list,
    exportFiles: finished,
    exportFile: (name) => exported.find(name),
    importJob: imports.find,
    exportJob: exports.find,
  };
}

/** Where recordings wait to be imported. */
export const importFolder = (folder: string): string => join(folder, 'imports');

/** Throws `invalid_request` for a file that cannot be imported under this name. */
export function requireRecordingName(file: string): void {
  if (!RECORDING.test(file)) {
    throw invalid(
      `${JSON.stringify(file)}: a recording's name has letters, digits, dots, dashes, _ and spaces`,
    );
  }
}

const written = (content: object): Uint8Array => new TextEncoder().encode(JSON.stringify(content));
const read = <T>(payload: Uint8Array): T => JSON.parse(new TextDecoder().decode(payload)) as T;
const invalid = (message: string) => new DeltaStreamError('invalid_request', message);

const exportView = (job: JobView): ExportView => {
  const order = read<ExportOrder>(job.payload);
  return {
    ...jobView(job),
    ...order,
    file: exportFileName(order),
    progress: job.progress as ExportProgress | null,
  };
};

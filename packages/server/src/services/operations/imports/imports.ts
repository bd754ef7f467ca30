import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ImportFolderView, ImportOrder, ImportProgress, ImportView } from '@deltastream/contracts';
import { DeltaStreamError, isPermanent, reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { createPacedWarning } from '../../../kit/logging/paced-warning.ts';
import { createImportNumbers } from '../../../kit/recordings/import-numbers.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';
import { type Job, MAX_RETRIES, type Queue, type QueueWorker } from '../../../ports/queue.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { watchCancelled } from '../cancellations.ts';
import { createJobList } from '../job-list.ts';
import { createFolderFiles } from '../transfers/folder-files.ts';
import type { OpenRecording } from '../transfers/open-recording.ts';
import { TRANSFERS, type TransferLimits } from '../transfers/transfer-settings.ts';
import { createImportJournal } from './import-journal.ts';
import {
  importKey,
  importPayload,
  importView,
  type OrderedImport,
  readImport,
  saidIn,
} from './import-order.ts';
import { createPreview } from './import-preview.ts';
import { type ImportResume, importRecording } from './import-recording.ts';
import { IMPORTS, type ImportLimits } from './import-settings.ts';
import { createRejectsFile, REJECTS_ENDING } from './rejects-file.ts';
import { createUploads, type Received, type UploadPart } from './uploads.ts';
import { createImportedFiles } from './watched/imported-files.ts';
import { settledPlace } from './watched/settled-place.ts';
import { createWatchedFolder } from './watched/watched-folder.ts';

export interface ImportPorts {
  readonly bus: Bus;
  readonly queue: Queue;
  readonly store: MarketReader;
  readonly logger: Logger;
  readonly openRecording: OpenRecording;
  readonly clock: Clock;
}

export interface ImportSettings extends Partial<TransferLimits & ImportLimits> {
  /** Holds the folder `imports`, which an operator fills. */
  readonly folder: string;
  /** Why recordings are not taken here; null when they are. */
  readonly importRefusal: string | null;
  /** Whether files of the import folder leave what is stored; false. */
  readonly keepExisting?: boolean;
  /** What the data is called that is kept here. */
  readonly dataset?: string;
}

/** Recordings into the store, as jobs. An import that a crash ended goes on at the next start. */
export interface Imports {
  start(): Promise<void>;
  /** What is under way ends, and goes on from where it was at the next start. */
  stop(): Promise<void>;
  /** Rejects with `not_found` when there is no such recording, `invalid_request` where none is taken or the order makes no sense. */
  add(order: ImportOrder): Promise<ImportView>;
  list(): Promise<ImportView[]>;
  recordings(): Promise<string[]>;
  /** A part of a recording for the folder `imports`. Rejects with `invalid_request` while that is imported, too. */
  upload(part: UploadPart): Promise<Received>;
  /** Null where no folder is watched. */
  importFolder(): ImportFolderView | null;
  /** Null when no such job is known. */
  find(id: string): Promise<ImportView | null>;
  /** Likewise. Rejects with `invalid_request` for one that is at its end. */
  cancel(id: string): Promise<ImportView | null>;
  /** Path of the list of what was rejected. Rejects with `not_found`. */
  rejects(id: string): Promise<string>;
}

export const IMPORT_JOB = 'import';
const UNNOTED_MS = 600_000; // A disk stays full for a while; it is asked every importMarkMs.
export const RECORDING = /^[A-Za-z0-9][A-Za-z0-9 ._:&(),+~-]*$/;
const REJECTS = /^[A-Za-z0-9][A-Za-z0-9 ._:&(),+~-]*\.rejects\.csv$/;

export function createImports(ports: ImportPorts, settings: ImportSettings): Imports {
  const { bus, queue, store, logger, openRecording, clock } = ports;
  const limits = { ...TRANSFERS.defaults, ...IMPORTS.defaults, ...settings };
  const folder = importFolder(settings.folder);
  const recordings = createFolderFiles(folder, RECORDING);
  const elsewhere = settings.importRejectsFolder ?? join(settings.folder, 'rejects');
  const watchedFiles = createFolderFiles(settings.importFolder ?? join(folder, '.none'), RECORDING);
  const imported = createImportedFiles(join(folder, '.imported'));
  const journal = createImportJournal(join(folder, '.under-way'));
  const uploads = createUploads({
    ...{ folder, limits, logger },
    inUse: async () => (await journal.orders()).flatMap(({ file, watched: of }) => (of ? [] : [file])),
  });
  let tidying: NodeJS.Timeout | undefined;
  const tidy = () =>
    void uploads.tidy().catch((error) => {
      logger.event('uploads_not_removed', { reason: reasonOf(error) });
    });
  const jobs = createJobList(queue, IMPORT_JOB, importView);
  const nextNumber = createImportNumbers({ bus, store });
  const stopping = new AbortController();
  const workers: QueueWorker[] = [];

  const warn = createPacedWarning(logger, { intervalMs: UNNOTED_MS });
  const noted = (order: OrderedImport, action: Promise<void>): Promise<void> =>
    action.catch((error) => {
      warn(order.file, 'import_progress_not_noted', { file: order.file, reason: reasonOf(error) });
    });

  const resumeOf = async (order: OrderedImport, path: string): Promise<ImportResume> => {
    const { size, mtimeMs: modifiedMs } = await stat(path);
    const mark = await journal.markOf(order);
    const isSame = mark !== null && mark.size === size && mark.modifiedMs === modifiedMs;
    return {
      parts: isSame ? mark.parts : 0,
      save: (parts) => noted(order, journal.mark(order, { parts, size, modifiedMs })),
    };
  };

  const carryOut = async (
    order: OrderedImport,
    report: (progress: ImportProgress) => Promise<void>,
    signal: AbortSignal,
  ) => {
    const { file, generation, dry_run } = order;
    if (settings.importRefusal !== null) {
      throw new DeltaStreamError('unreadable_source', settings.importRefusal, { permanent: true });
    }
    const path = await (order.watched === undefined ? recordings : watchedFiles).find(file);
    const stamp = { generation, dataset: settings.dataset };
    const open = () => openRecording(path, signal, saidIn(order));
    const kind = dry_run
      ? { preview: createPreview(store, limits.previewProducts) }
      : {
          resume: await resumeOf(order, path),
          rejects: createRejectsFile(path, elsewhere, limits.rejectsRows, logger),
        };
    await importRecording({ bus, store, logger, open, stamp, ...kind }, report, signal, limits);
  };

  const run = async ({ payload, tries }: Job, report: (progress: ImportProgress) => Promise<void>) => {
    const order = readImport(payload);
    const cancelling = new AbortController();
    const stopLooking = watchCancelled(() => journal.isCancelled(order), cancelling, limits.reportMs);
    let last = NOTHING_READ;
    const tell = async (progress: ImportProgress) => {
      last = progress;
      await report(progress);
    };
    try {
      if (await journal.isCancelled(order)) cancelling.abort();
      if (!cancelling.signal.aborted) {
        await carryOut(order, tell, AbortSignal.any([stopping.signal, cancelling.signal]));
        logger.event(order.dry_run ? 'import_previewed' : 'import_completed', { file: order.file });
      }
    } catch (error) {
      if (stopping.signal.aborted) throw error;
      if (!cancelling.signal.aborted) {
        if (isPermanent(error) || tries > MAX_RETRIES) await noted(order, journal.remove(order));
        throw error;
      }
    } finally {
      stopLooking();
    }
    if (cancelling.signal.aborted && last.outcome === null) {
      await report({ ...last, cancelled: true });
      logger.event('import_cancelled', { file: order.file });
    } else if (order.watched !== undefined) {
      const file = { file: order.file, imported_at: new Date(clock.now()).toISOString() };
      await noted(order, imported.add(order.watched, file));
    }
    await noted(order, journal.remove(order));
  };

  const find = jobs.find;

  const watched =
    settings.importFolder === undefined || settings.importRefusal !== null
      ? null
      : createWatchedFolder(
          resolve(settings.importFolder),
          join(folder, '.watched'),
          {
            ...{ logger, clock, imported, find },
            refusalOf: (name) => (isRecordingName(name) ? null : NAME_RULE),
            async order(file, identity) {
              const order = {
                file,
                watched: identity,
                generation: await nextNumber(settings.keepExisting ?? false),
              };
              await noted(order, journal.add(order));
              return jobs.add(importPayload(order), importKey(order));
            },
          },
          limits,
        );

  return {
    async start() {
      workers.push(await queue.process(IMPORT_JOB, run));
      if (settings.importRefusal !== null) return;
      for (const order of await journal.orders()) await jobs.add(importPayload(order), importKey(order));
      watched?.start();
      tidy();
      tidying = setInterval(tidy, limits.uploadStaleMs).unref();
    },
    async stop() {
      stopping.abort();
      clearInterval(tidying);
      await watched?.stop();
      await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    },
    async add(order) {
      if (settings.importRefusal !== null) throw invalid(settings.importRefusal);
      // Throws for what is not a time or day, before anything is kept of the order.
      saidIn(order);
      await recordings.find(order.file);
      const { keep_existing = false, ...rest } = order;
      const ordered: OrderedImport = { ...rest, generation: await nextNumber(keep_existing) };
      if (!order.dry_run) await noted(ordered, journal.add(ordered));
      return jobs.add(importPayload(ordered), importKey(ordered));
    },
    list: jobs.list,
    async upload(part) {
      requireRecordingName(part.file);
      const underWay = await journal.orders();
      if (underWay.some(({ file, watched: of }) => file === part.file && of === undefined)) {
        throw invalid(`${part.file} is being imported: wait for its end, cancel it, or use another name`);
      }
      return uploads.take(part);
    },
    importFolder: () => watched?.view() ?? null,
    recordings: async () =>
      (await recordings.list()).flatMap(({ name }) => (name.endsWith(REJECTS_ENDING) ? [] : [name])),
    find,
    async cancel(id) {
      const job = await queue.job(id);
      if (job?.name !== IMPORT_JOB) return null;
      if (job.state === 'done' || job.state === 'dead')
        throw invalid(`import ${id} is at its end: ${job.state}`);
      await journal.cancel(readImport(job.payload));
      return importView(job);
    },
    async rejects(id) {
      const view = await find(id);
      const listed = view?.progress?.rejects;
      if (!view || !listed)
        throw new DeltaStreamError('not_found', `there is no list of rejected parts of import ${id}`);
      const { importFolder: watchedFolder } = settings;
      const own = view.watched ? watchedFolder : folder;
      const settled = view.watched && own !== undefined ? await settledPlace(own, view) : null;
      const places = own === undefined ? [elsewhere] : [own, elsewhere];
      const candidates = settled ? [settled] : places.map((place) => ({ place, name: listed.file }));
      for (const { place, name } of candidates) {
        const found = await createFolderFiles(place, REJECTS)
          .find(name)
          .catch(() => null);
        if (found !== null) return found;
      }
      throw new DeltaStreamError('not_found', `${listed.file} is no longer where it was written`);
    },
  };
}

const NOTHING_READ: ImportProgress = {
  ...{
    position: 0,
    total: null,
    unit: 'bytes',
    chains: 0,
    ticks: 0,
    rejected: 0,
    rejections: [],
    rejects: null,
  },
  ...{ resumed_at: 0, cancelled: false, stored: null, outcome: null, preview: null },
};

/** Where recordings wait to be imported. */
export const importFolder = (folder: string): string => join(folder, 'imports');

/** Throws `invalid_request` for a file that cannot be imported under this name. */
export function requireRecordingName(file: string): void {
  if (!isRecordingName(file)) throw invalid(`${JSON.stringify(file)}: ${NAME_RULE}`);
}

const isRecordingName = (file: string): boolean => RECORDING.test(file) && !file.endsWith(REJECTS_ENDING);
const NAME_RULE = `a recording's name has letters, digits, spaces and . _ - : & ( ) , + ~, begins with a letter or digit, and does not end in ${REJECTS_ENDING}`;

const invalid = (message: string) => new DeltaStreamError('invalid_request', message);

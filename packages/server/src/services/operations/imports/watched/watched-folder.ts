import { createHash } from 'node:crypto';
import { lstat, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportFolderView, ImportView } from '@deltastream/contracts';
import { DeltaStreamError, reasonOf } from '../../../../kit/errors.ts';
import { type FolderLock, lockFolder } from '../../../../kit/files/folder-lock.ts';
import { writeJsonFile } from '../../../../kit/files/json-file.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import type { Clock } from '../../../../ports/clock.ts';
import type { ImportLimits } from '../import-settings.ts';
import { REJECTS_ENDING } from '../rejects-file.ts';
import {
  type Arrived,
  createArrivals,
  DONE_MARKER,
  digestOf,
  isSameState,
  unreadable,
} from './arriving-files.ts';
import { type ImportedFiles, identityOf } from './imported-files.ts';
import { REPORT_ENDING } from './settled-place.ts';

export interface WatchedFolderPorts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly imported: ImportedFiles;
  /** Orders the import of a file of the folder, or finds the one that is under way. */
  readonly order: (file: string, identity: string) => Promise<ImportView>;
  readonly find: (id: string) => Promise<ImportView | null>;
  /** Why a file of this name cannot be imported; null when it can. */
  readonly refusalOf: (name: string) => string | null;
}

/** A folder whose files are imported as they come. */
export interface WatchedFolder {
  start(): void;
  stop(): Promise<void>;
  view(): ImportFolderView;
}

/** Imports of files of the folder that wait or run; the next ones are ordered when these are done. */
const MOST_ORDERED = 10;

type Where = 'done' | 'failed';

interface Ordered extends Arrived {
  readonly id: string;
}

/**
 * Imports each complete file once, and moves it to `done` or `failed` in the folder, with a report. One process at a time
 * watches a folder: the lock lies in it, and ends with the process. Where the folder cannot be written, files stay where they are,
 * and what is remembered of them keeps them from being imported again.
 *
 * @param state a folder of this process, for the lock of a folder that cannot be written
 */
export function createWatchedFolder(
  folder: string,
  state: string,
  { logger, clock, imported, order, find, refusalOf }: WatchedFolderPorts,
  limits: Pick<
    ImportLimits,
    'folderPollMs' | 'folderSettledMs' | 'folderFiles' | 'folderMaxBytes' | 'folderRemembered'
  >,
): WatchedFolder {
  const arrivals = createArrivals(
    folder,
    { wanted: refusalOf, settledMs: limits.folderSettledMs, most: limits.folderFiles },
    clock.monotonicMs,
  );
  const ordered = new Map<string, Ordered>();
  /** Files that failed, until nothing else is imported: one that is none by itself may belong to another. */
  const failed = new Map<string, Arrived & { readonly reason: string; readonly view: ImportView | null }>();
  /** Files that are at their end and could not be moved yet. */
  const kept = new Map<string, Arrived & { readonly where: Where; readonly report: object }>();
  /** Why a file waits, or the folder is not watched, by name; each was logged once. */
  let problems = new Map<string, string>();
  let told = new Map<string, string>();
  let lock: FolderLock | null = null;
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  let polling: Promise<void> | null = null;
  const stopping = new AbortController();

  const problem = (name: string, reason: string) => {
    problems.set(name, reason);
    if (told.get(name) === reason) return;
    told.set(name, reason);
    const what =
      name === '' ? 'the import folder is not watched' : `${name} of the import folder is not imported`;
    logger.event('import_folder_problem', { reason }, what);
  };

  const isWatched = async (): Promise<boolean> => {
    const found = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
    if (found instanceof Error || !found.isDirectory()) {
      release();
      problem('', found instanceof Error ? `it cannot be read (${found.code})` : 'it is not a folder');
      return false;
    }
    if (lock !== null && lock.problem() !== null) release();
    if (lock !== null) return true;
    const place = await lstat(join(folder, '.deltastream')).catch(() => null);
    if (place?.isDirectory() === false) return lockElsewhere();
    try {
      lock = lockFolder(join(folder, '.deltastream'));
    } catch (error) {
      if (error instanceof DeltaStreamError && error.code === 'data_folder_unusable') return lockElsewhere();
      problem('', 'another process watches it');
      return false;
    }
    return true;
  };

  const lockElsewhere = (): boolean => {
    try {
      lock = lockFolder(join(state, createHash('sha256').update(folder).digest('hex').slice(0, 16)));
      return true;
    } catch (error) {
      problem('', `it cannot be locked (${reasonOf(error)})`);
      return false;
    }
  };

  const release = () => {
    lock?.release();
    lock = null;
  };

  /** Moves a file with its report; what is there by that name stays. */
  const settle = async ({ name, state: before }: Arrived, where: Where, report: object) => {
    for (const each of [ordered, failed, kept]) each.delete(name);
    const path = join(folder, name);
    const found = await lstat(path).catch(() => null);
    // Another one has the name by now: it is looked at as any other.
    if (found === null || !isSameState(found, before)) return;
    try {
      await makeFolder(join(folder, where));
      const target = await freeName(join(folder, where), name);
      await writeJsonFile(join(folder, where, target + REPORT_ENDING), report).catch((error) =>
        problem(name, `its report cannot be written (${(error as NodeJS.ErrnoException).code})`),
      );
      await rename(path + REJECTS_ENDING, join(folder, where, target + REJECTS_ENDING)).catch(
        () => undefined,
      );
      await rename(path, join(folder, where, target));
      await rm(path + DONE_MARKER, { force: true });
      logger.event('import_folder_file_done', { file: name, folder: where });
    } catch (error) {
      kept.set(name, { name, state: before, where, report });
      const code = (error as NodeJS.ErrnoException).code ?? reasonOf(error);
      problem(name, `it is ${where} and cannot be moved (${code})`);
    }
  };

  const followOrdered = async () => {
    for (const each of [...ordered.values()]) {
      const view = await find(each.id);
      if (view === null) ordered.delete(each.name);
      else if (view.state === 'dead') fail(each, view.reason ?? 'it failed', view);
      else if (view.state !== 'done') continue;
      else if (view.progress?.cancelled) fail(each, 'its import was cancelled', view);
      else await settle(each, 'done', reportOf(view));
    }
  };

  const fail = (arrived: Arrived, reason: string, view: ImportView | null) => {
    ordered.delete(arrived.name);
    failed.set(arrived.name, { ...arrived, reason, view });
  };

  const isKnown = ({ name, state: now }: Arrived): boolean => {
    const before = ordered.get(name) ?? failed.get(name) ?? kept.get(name);
    if (before && isSameState(before.state, now)) return true;
    failed.delete(name);
    kept.delete(name);
    return ordered.has(name);
  };

  const take = async (arrived: Arrived) => {
    const { name, state: now } = arrived;
    if (now.size > limits.folderMaxBytes) {
      fail(
        arrived,
        `it has ${now.size} bytes, more than ${limits.folderMaxBytes} (--import-folder-max-bytes)`,
        null,
      );
      return;
    }
    let sha256: string | null;
    try {
      sha256 = await digestOf(join(folder, name), now, stopping.signal);
    } catch (error) {
      if (stopping.signal.aborted) return;
      problem(name, unreadable(error));
      return;
    }
    if (sha256 === null) return;
    const identity = identityOf(sha256, name);
    const before = await imported.find(identity);
    if (before)
      await settle(arrived, 'done', {
        file: name,
        imported: false,
        reason: 'it was imported already',
        before,
      });
    else ordered.set(name, { ...arrived, id: (await order(name, identity)).id });
  };

  const poll = async () => {
    problems = new Map();
    if (!(await isWatched())) {
      waiting = 0;
      return;
    }
    for (const each of [...kept.values()]) await settle(each, each.where, each.report);
    await followOrdered();
    const { complete, settling, refused } = await arrivals.look();
    for (const { name, reason } of refused) problem(name, reason);
    const fresh = complete.filter((arrived) => !isKnown(arrived));
    for (const arrived of fresh) {
      if (ordered.size >= MOST_ORDERED || stopping.signal.aborted) break;
      await take(arrived);
    }
    for (const [name, { reason }] of failed) problem(name, reason);
    if (ordered.size === 0 && settling === 0) {
      for (const each of [...failed.values()]) {
        await settle(each, 'failed', {
          ...reportOf(each.view),
          file: each.name,
          imported: false,
          reason: each.reason,
        });
      }
    }
    waiting =
      settling +
      ordered.size +
      fresh.filter(({ name }) => !ordered.has(name) && !kept.has(name) && !failed.has(name)).length;
    told = new Map([...told].filter(([name]) => problems.has(name)));
  };

  const next = () => {
    polling = poll()
      .catch((error) => problem('', reasonOf(error)))
      .finally(() => {
        polling = null;
        if (!stopping.signal.aborted) timer = setTimeout(next, limits.folderPollMs);
      });
  };

  return {
    start() {
      void imported.prune(limits.folderRemembered).catch(() => undefined);
      next();
    },
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await polling;
      release();
    },
    view: () => ({
      watched: lock !== null,
      waiting,
      problems: [...problems].map(([file, reason]) => ({ file: file === '' ? null : file, reason })),
    }),
  };
}

const reportOf = (view: ImportView | null): object =>
  view === null ? {} : { imported: view.state === 'done', ...view };

/** Who fills the folder may be another than who reads it: what is moved goes into the folder, and nowhere else. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  if (!(await lstat(path)).isDirectory()) throw new Error('it is a link in the place of that folder');
}

async function freeName(folder: string, name: string): Promise<string> {
  for (let copy = 1; ; copy++) {
    const free = copy === 1 ? name : `${name}~${copy}`;
    if ((await lstat(join(folder, free)).catch(() => null)) === null) return free;
  }
}

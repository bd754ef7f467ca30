import { constants, existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { syncPath } from '../../adapters/sqlite/market-store/files/files.ts';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { lockFolder } from '../../kit/files/folder-lock.ts';
import { brokenLinks, bytesOf, FILE_KINDS, type FileKind, filesOfKind } from '../file-kinds.ts';
import { type Copied, copyBytes, copyDatabase, likeness, type OnBytes } from './copy-file.ts';
import {
  type Backup,
  backupsIn,
  fileOfBackup,
  type Manifest,
  type ManifestFile,
  writeManifest,
} from './manifest.ts';

export interface BackupOptions {
  /** The data folder; a platform may be at work in it. */
  readonly data: string;
  /** Folder of backups; made if need be. */
  readonly target: string;
  /** Complete backups that stay, this one included. */
  readonly keep: number;
  readonly release: string;
  readonly nowMs: number;
  /** Told of bytes out of all that are there, those that need no copy included. */
  readonly onProgress?: (done: number, total: number, path: string) => void;
}

export interface BackupResult extends Backup {
  readonly copied: number;
  readonly copiedBytes: number;
  /** Files that were as in the backup before. */
  readonly linked: number;
  /** Files that could not be copied: of each its path and why. */
  readonly problems: readonly string[];
  /** Manifests in `target` that this release cannot read, and why: their folders were passed over. */
  readonly unreadable: readonly string[];
  readonly removed: number;
}

const PART = '.part-';
const REMOVED = '.removed-';
/** In a part: what was copied of datasets that are copied again. */
const ASIDE = '.aside';
/** Times that a dataset is copied again because days of it were sealed meanwhile: each is shorter than the one before. */
const MOST_AGAIN = 3;

/**
 * Copies everything that a data folder keeps into a new folder of `target`, while a platform writes to it. A file that is as it
 * was at the backup before is not copied again: the two backups share it. The manifest is written last, then the folder
 * gets its name; killed before that, the backups before stay as they are, and the next removes what is left.
 *
 * A file that is damaged or cannot be read keeps its copy of the backup before, where there is one, and is named in
 * `problems`; the others are copied. A backup that cannot be read is passed over, and named in `unreadable`. Throws `data_folder_in_use` while another backup is made in `target`, and
 * `backup_failed` naming what could not be written; then there is no new backup.
 */
export async function createBackup(options: BackupOptions): Promise<BackupResult> {
  const { data, target, keep, release, nowMs, onProgress = () => undefined } = options;
  if (resolve(target) === resolve(data)) {
    throw new DeltaStreamError(
      'backup_failed',
      `${target} is the data folder itself: choose another, best on another disk`,
    );
  }
  if (FILE_KINDS.every((kind) => filesOfKind(data, kind).length === 0) && brokenLinks(data).length === 0) {
    throw new DeltaStreamError('backup_failed', `${data} holds nothing that could be kept`);
  }
  const lock = lockFolder(target);
  try {
    await removeLeftovers(target);
    const { backups: before, unreadable } = backupsIn(target);
    const previous = before.at(-1) ?? null;
    const made_at = new Date(nowMs).toISOString();
    // Those of which the manifest cannot be read have theirs in their name.
    const numbers = (await readdir(target)).map((name) => Number(/Z-(\d{1,9})$/.exec(name)?.[1] ?? 0));
    const number = Math.max(previous?.manifest.number ?? 0, ...numbers) + 1;
    const name = `${made_at.slice(0, 19).replaceAll(':', '')}Z-${number}`;
    const part = join(target, PART + name);
    await mkdir(part, { mode: 0o700 });
    const copying = await copyAll(data, part, previous, nowMs, onProgress);
    const { files, ...counts } = copying;
    if (files.length === 0) {
      throw new DeltaStreamError('backup_failed', `nothing could be copied: ${copying.problems.join('; ')}`);
    }
    const manifest: Manifest = { format: 1, release, number, made_at, files };
    for (const folder of new Set(files.map(({ path }) => dirname(join(part, path))))) syncPath(folder);
    writeManifest(part, manifest);
    syncPath(part);
    const folder = join(target, name);
    await rename(part, folder);
    syncPath(target);
    const outdated = before.slice(0, Math.max(0, before.length + 1 - keep));
    for (const each of outdated) await removeBackup(target, each);
    return { folder, manifest, ...counts, unreadable, removed: outdated.length };
  } catch (cause) {
    // On a full disk the room is given back at once; what cannot be removed is by the next.
    await removeLeftovers(target).catch(() => undefined);
    if (cause instanceof DeltaStreamError) throw cause;
    throw new DeltaStreamError('backup_failed', `${target}: ${reasonOf(cause)}`, { cause });
  } finally {
    lock.release();
  }
}

async function copyAll(
  data: string,
  part: string,
  previous: Backup | null,
  nowMs: number,
  onProgress: (done: number, total: number, path: string) => void,
) {
  const known = new Map(
    previous?.manifest.files.map((file) => [file.path, { file, folder: previous.folder }]),
  );
  const total = FILE_KINDS.flatMap((kind) => filesOfKind(data, kind)).reduce(
    (sum, path) => sum + bytesOf(join(data, path)),
    0,
  );
  const files = new Map<string, ManifestFile>();
  /** Of each path why it could not be copied. */
  const problems = new Map<string, string>();
  const copied = new Set<string>();
  let done = 0;

  /** Shares a file with the backup before; null where that has not got it, or not as its manifest says. */
  const shareWithPrevious = async (path: string): Promise<ManifestFile | null> => {
    const held = known.get(path);
    if (held === undefined) return null;
    try {
      await linkOrCopy(fileOfBackup(held.folder, held.file), join(part, path));
      return held.file;
    } catch (error) {
      await rm(join(part, path), { force: true });
      if (isWriteFailure(error, part)) throw error;
      return null;
    }
  };
  const copyOne = async (kind: FileKind, path: string): Promise<ManifestFile | null> => {
    const from = join(data, path);
    const like = likeness(from, nowMs);
    const isSame = like !== null && known.get(path)?.file.original === like;
    const shared = isSame ? await shareWithPrevious(path) : null;
    if (shared !== null) return shared;
    try {
      const count: OnBytes = (bytes) => {
        done += bytes;
        onProgress(Math.min(total, done), total, path);
      };
      const result = await copyOf(kind, from, join(part, path), count);
      copied.add(path);
      return { path, kind: kind.name, ...result, original: like };
    } catch (error) {
      await rm(join(part, path), { force: true });
      if (isWriteFailure(error, part)) throw error;
      // Retention removed it, or its content was moved to another kind of file, which is copied later.
      if (!existsSync(from)) return null;
      return keepInstead(path, reasonOf(error));
    }
  };
  /** The copy of the backup before of what cannot be copied; null where there is none. */
  const keepInstead = async (path: string, problem: string): Promise<ManifestFile | null> => {
    const kept = await shareWithPrevious(path);
    const remains =
      kept === null ? 'the backup before has no copy of it' : 'the copy of the backup before is kept';
    problems.set(path, `${problem}; ${remains}`);
    return kept === null ? null : { ...kept, original: null, problem };
  };

  // Kinds are listed one after another: what is moved from one to a later one meanwhile is copied there.
  const copyKinds = async (isMeant: (path: string) => boolean) => {
    for (const kind of FILE_KINDS) {
      for (const path of filesOfKind(data, kind).filter(isMeant)) {
        await mkdir(dirname(join(part, path)), { recursive: true, mode: 0o700 });
        const startedAt = done;
        const file = await copyOne(kind, path);
        if (file !== null) files.set(path, file);
        done = Math.min(total, startedAt + bytesOf(join(data, path)));
        onProgress(done, total, path);
      }
    }
  };
  /** Begins a dataset anew: what was copied of it is as if it were of the backup before. */
  const putAside = async (dataset: string) => {
    const aside = join(part, ASIDE, dataset);
    await rm(aside, { recursive: true, force: true });
    await mkdir(dirname(aside), { recursive: true, mode: 0o700 });
    if (existsSync(join(part, dataset))) await rename(join(part, dataset), aside);
    for (const [path, file] of [...files].filter(([path]) => dirname(path) === dataset)) {
      known.set(path, { file, folder: join(part, ASIDE) });
      files.delete(path);
      problems.delete(path);
    }
  };

  let sealed = sealedDays(data);
  await copyKinds(() => true);
  // What came late to a day after its dataset's main.db was copied may have been sealed since, and the hot file that
  // would tell of it be gone: then main.db is too old for the sealed day, and the hot files for a newer main.db.
  for (let again = 1; ; again++) {
    const now = sealedDays(data);
    const changed = new Set(
      [...now].flatMap(([path, like]) => (like === sealed.get(path) ? [] : [dirname(path)])),
    );
    if (changed.size === 0) break;
    if (again > MOST_AGAIN) {
      const why = `days of it were sealed while it was copied, ${MOST_AGAIN + 1} times: make the backup again`;
      for (const dataset of changed) problems.set(dataset, why);
      break;
    }
    sealed = now;
    for (const dataset of changed) await putAside(dataset);
    await copyKinds((path) => changed.has(dirname(path)));
  }
  await rm(join(part, ASIDE), { recursive: true, force: true });
  for (const link of brokenLinks(data)) {
    const problem = 'it is a link to something that is not there';
    const behind = [...known.keys()].filter((path) => path === link || path.startsWith(`${link}/`));
    if (behind.length === 0) problems.set(link, `${problem}; the backup before has no copy of it`);
    for (const path of behind) {
      await mkdir(dirname(join(part, path)), { recursive: true, mode: 0o700 });
      const file = await keepInstead(path, problem);
      if (file !== null) files.set(path, file);
    }
  }
  const good = [...files.values()].filter(({ problem }) => problem === undefined);
  const own = good.filter(({ path }) => copied.has(path));
  return {
    files: [...files.values()],
    problems: [...problems].map(([path, problem]) => `${path}: ${problem}`),
    copied: own.length,
    copiedBytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
    linked: good.length - own.length,
  };
}

/** What each sealed day is like: another text when it was sealed again. */
const sealedDays = (data: string) =>
  new Map(
    FILE_KINDS.filter(({ name }) => name === 'sealed')
      .flatMap((kind) => filesOfKind(data, kind))
      .map((path) => [path, likeness(join(data, path), Number.POSITIVE_INFINITY)]),
  );

const copyOf = ({ schema }: FileKind, from: string, to: string, onBytes: OnBytes): Promise<Copied> =>
  schema === null ? copyBytes(from, to, onBytes) : copyDatabase(from, to, onBytes);

/** Errors of the file system name the path that they are about, or the call: only copies are written to. */
function isWriteFailure(error: unknown, part: string): boolean {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'write' || syscall === 'fsync') return true;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS') return true;
  if (typeof path === 'string' && path.startsWith(part)) return true;
  return /database or disk is full|readonly database/.test(reasonOf(error));
}

/** Both names of one file, which is never written to; a copy where the file system has no such names. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    syncPath(to);
  }
}

/** First out of the way, so that one that is removed in part is never taken for a backup. */
async function removeBackup(target: string, { folder, manifest }: Backup): Promise<void> {
  const away = join(target, `${REMOVED}${manifest.number}`);
  await rename(folder, away);
  await rm(away, { recursive: true });
}

async function removeLeftovers(target: string): Promise<void> {
  for (const name of await readdir(target)) {
    if (name.startsWith(PART) || name.startsWith(REMOVED)) await rm(join(target, name), { recursive: true });
  }
}

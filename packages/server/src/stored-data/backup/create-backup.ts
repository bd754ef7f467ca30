import { constants, existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { lockFolder } from '../../kit/files/folder-lock.ts';
import { brokenLinks, bytesOf, FILE_KINDS, type FileKind, filesOfKind } from '../file-kinds.ts';
import { type Copied, copyBytes, copyDatabase, likeness, type OnBytes, syncPath } from './copy-file.ts';
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
  const known = new Map(previous?.manifest.files.map((file) => [file.path, file]));
  const total = FILE_KINDS.flatMap((kind) => filesOfKind(data, kind)).reduce(
    (sum, path) => sum + bytesOf(join(data, path)),
    0,
  );
  const files: ManifestFile[] = [];
  const problems: string[] = [];
  let done = 0;
  let copied = 0;
  let copiedBytes = 0;
  let linked = 0;

  /** Shares a file with the backup before; null where that has not got it, or not as its manifest says. */
  const shareWithPrevious = async (path: string): Promise<ManifestFile | null> => {
    const held = known.get(path);
    if (previous === null || held === undefined) return null;
    try {
      await linkOrCopy(fileOfBackup(previous.folder, held), join(part, path));
      return held;
    } catch (error) {
      await rm(join(part, path), { force: true });
      if (isWriteFailure(error, part)) throw error;
      return null;
    }
  };
  const copyOne = async (kind: FileKind, path: string): Promise<ManifestFile | null> => {
    const from = join(data, path);
    const like = likeness(from, nowMs);
    const shared = like !== null && known.get(path)?.original === like ? await shareWithPrevious(path) : null;
    if (shared !== null) {
      linked++;
      return shared;
    }
    try {
      const count: OnBytes = (bytes) => {
        done += bytes;
        onProgress(Math.min(total, done), total, path);
      };
      const result = await copyOf(kind, from, join(part, path), count);
      copied++;
      copiedBytes += result.bytes;
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
    problems.push(`${path}: ${problem}; ${remains}`);
    return kept === null ? null : { ...kept, original: null, problem };
  };

  // Kinds are listed one after another: what is moved from one to a later one meanwhile is copied there.
  for (const kind of FILE_KINDS) {
    for (const path of filesOfKind(data, kind)) {
      await mkdir(dirname(join(part, path)), { recursive: true, mode: 0o700 });
      const startedAt = done;
      const file = await copyOne(kind, path);
      if (file !== null) files.push(file);
      done = Math.min(total, startedAt + bytesOf(join(data, path)));
      onProgress(done, total, path);
    }
  }
  for (const link of brokenLinks(data)) {
    const problem = 'it is a link to something that is not there';
    const behind = [...known.keys()].filter((path) => path === link || path.startsWith(`${link}/`));
    if (behind.length === 0) problems.push(`${link}: ${problem}; the backup before has no copy of it`);
    for (const path of behind) {
      await mkdir(dirname(join(part, path)), { recursive: true, mode: 0o700 });
      const file = await keepInstead(path, problem);
      if (file !== null) files.push(file);
    }
  }
  return { files, problems, copied, copiedBytes, linked };
}

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

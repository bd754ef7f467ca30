import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncPath } from '../../adapters/sqlite/market-store/files/files.ts';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { BACKUP_MANIFEST, lockFolder, RESTORE_STEPS } from '../../kit/files/folder-lock.ts';
import { copyBytes, type OnBytes } from './copy-file.ts';
import { fileOfBackup, findBackup, type Manifest, readManifest, writeManifest } from './manifest.ts';

export interface RestoreOptions {
  /** A backup, or a folder of backups: then the newest. */
  readonly source: string;
  readonly data: string;
  /** What the data folder holds is moved aside; without it a folder that holds anything is refused. */
  readonly replace: boolean;
  readonly nowMs: number;
  readonly onProgress?: (done: number, total: number, path: string) => void;
}

export interface RestoreResult {
  /** Null of an interrupted restore that had come so far that only its traces were to be removed. */
  readonly manifest: Manifest | null;
  /** Manifests in `source` that this release cannot read, and why: the newest that it can read was restored. */
  readonly unreadable: readonly string[];
  /** Where what was there is now, inside the data folder; null where there was nothing. */
  readonly movedTo: string | null;
  /** A restore that was interrupted before was completed, and nothing else was done. */
  readonly completed: boolean;
}

const PART = '.restore-part';
const [CLEARING, PLACING] = RESTORE_STEPS;
const MOVED = 'before-restore-';
/** Beside what is kept: the lock of this very command, and what a restore makes. */
const isOwn = (name: string): boolean => /^lock\.db/.test(name) || name.startsWith('.restore-');

/**
 * Puts a backup into a data folder. Its files are copied beside what is there and compared with the manifest; only then
 * is anything changed, in steps that can be repeated. Killed before that, the folder is as it was; killed after it, nothing
 * starts in the folder until the same command has completed it, for which the backup need not be there any more. What was there is moved to a folder
 * `before-restore-TIME` of it.
 *
 * Throws `unusable_backup` naming the first file that is not what the manifest says, `data_folder_not_empty`,
 * `data_folder_in_use`, and `data_folder_unusable` with what could not be written, or is a link.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreResult> {
  const { source, data, replace, nowMs } = options;
  const stepOf = () => RESTORE_STEPS.find((name) => existsSync(join(data, name)));
  // One that was interrupted has all that it needs; before the lock, which makes the folder.
  let backup = stepOf() === undefined ? findBackup(source) : null;
  const lock = lockFolder(data, { restoring: true });
  try {
    const interrupted = stepOf();
    if (interrupted !== undefined) {
      const manifest = readManifest(join(data, interrupted));
      return { manifest, unreadable: [], movedTo: await place(data), completed: true };
    }
    backup ??= findBackup(source);
    const held = (await readdir(data)).filter((name) => !isOwn(name) && !name.startsWith(MOVED));
    if (held.length > 0 && !replace) {
      throw new DeltaStreamError('data_folder_not_empty', `${data} holds ${held.slice(0, 5).join(', ')}`);
    }
    refuseLinks(data, held);
    await rm(join(data, PART), { recursive: true, force: true });
    await copyAll(backup.folder, backup.manifest, join(data, PART), options.onProgress);
    // From here on it is carried out, by this process or the next.
    const aside = join(data, PART, `${MOVED}${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`);
    if (held.length > 0) await mkdir(aside, { mode: 0o700 });
    syncPath(join(data, PART));
    await rename(join(data, PART), join(data, CLEARING));
    syncPath(data);
    const { manifest, unreadable } = backup;
    return { manifest, unreadable, movedTo: await place(data), completed: false };
  } catch (cause) {
    if (cause instanceof DeltaStreamError) throw cause;
    throw new DeltaStreamError('data_folder_unusable', `${data}: ${reasonOf(cause)}`, { cause });
  } finally {
    lock.release();
  }
}

/** What a link leads to, such as a dataset on another disk, would stay there, and its data come onto this disk. */
function refuseLinks(data: string, held: readonly string[]): void {
  const links = held.filter((name) => lstatSync(join(data, name)).isSymbolicLink());
  if (links.length === 0) return;
  const shown = links.map((name) => `${name} -> ${readlinkSync(join(data, name))}`).join(', ');
  throw new DeltaStreamError(
    'data_folder_unusable',
    `${data} has links (${shown}), which a restore does not follow: restore into an empty folder, move what it restored ` +
      'to where the links lead, and set them again; or remove them to have everything in this folder',
  );
}

async function copyAll(
  from: string,
  manifest: Manifest,
  to: string,
  onProgress: RestoreOptions['onProgress'] = () => undefined,
): Promise<void> {
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  await mkdir(to, { mode: 0o700 });
  for (const { path, bytes, sha256 } of manifest.files) {
    const file = sourceOf(from, { path, bytes });
    await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o700 });
    const count: OnBytes = (read) => {
      done += read;
      onProgress(done, total, path);
    };
    const copied = await copyBytes(file, join(to, path), count, bytes).catch((cause) => {
      if ((cause as NodeJS.ErrnoException).path?.startsWith(from) !== true) throw cause;
      throw new DeltaStreamError('unusable_backup', `${file}: ${reasonOf(cause)}`, { cause });
    });
    if (copied.bytes === bytes && copied.sha256 === sha256) continue;
    const what = `${file} is not what was backed up: ${copied.bytes} bytes instead of ${bytes}, or other ones`;
    throw new DeltaStreamError('unusable_backup', what);
  }
  for (const folder of new Set(manifest.files.map(({ path }) => dirname(join(to, path))))) syncPath(folder);
  writeManifest(to, manifest);
}

function sourceOf(backup: string, file: { path: string; bytes: number }): string {
  try {
    return fileOfBackup(backup, file);
  } catch (cause) {
    throw new DeltaStreamError('unusable_backup', `${join(backup, file.path)}: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/** The steps that change a data folder; each may be done again. Resolves with where what was there is now. */
async function place(data: string): Promise<string | null> {
  const clearing = join(data, CLEARING);
  const placing = join(data, PLACING);
  if (existsSync(clearing)) {
    const aside = (await readdir(clearing)).find((name) => name.startsWith(MOVED));
    for (const name of await readdir(data)) {
      if (isOwn(name) || name.startsWith(MOVED) || aside === undefined) continue;
      await rename(join(data, name), join(clearing, aside, name));
    }
    await rename(clearing, placing);
    syncPath(data);
  }
  let movedTo: string | null = null;
  for (const name of await readdir(placing)) {
    if (name === BACKUP_MANIFEST) continue;
    if (name.startsWith(MOVED)) movedTo = name;
    await rename(join(placing, name), join(data, name));
  }
  syncPath(data);
  await rm(placing, { recursive: true });
  return movedTo;
}

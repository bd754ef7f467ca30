import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Schema from 'typebox/schema';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { BACKUP_MANIFEST } from '../../kit/files/folder-lock.ts';
import { FILE_KINDS } from '../file-kinds.ts';

const ManifestFile = Type.Object({
  /** Of a kind that a data folder keeps, and so never outside it nor a file that it has for other ends. */
  path: Type.String({ pattern: FILE_KINDS.map(({ pattern }) => pattern.source).join('|') }),
  kind: Type.String(),
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** What the original was like when it was copied; null where that does not say whether it is still the same. */
  original: Type.Union([Type.String(), Type.Null()]),
  /** Why the original could not be copied, so that this is the copy of an earlier backup. */
  problem: Type.Optional(Type.String()),
});
export type ManifestFile = Static<typeof ManifestFile>;

const Manifest = Type.Object({
  format: Type.Literal(1),
  release: Type.String(),
  /** Rises with every backup of a folder, whatever the clock shows. */
  number: Type.Integer({ minimum: 1 }),
  made_at: Type.String(),
  files: Type.Array(ManifestFile),
});
export type Manifest = Static<typeof Manifest>;

/** A complete backup: a folder that holds its manifest. */
export interface Backup {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Rejects with `unusable_backup` what is there and is no manifest that this release knows. Null where there is none. */
export function readManifest(folder: string): Manifest | null {
  const file = join(folder, BACKUP_MANIFEST);
  let text: string;
  try {
    if (!lstatSync(file).isFile()) throw new Error(NOT_PLAIN);
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return null;
    throw unusable(`${file}: ${reasonOf(cause)}`, cause);
  }
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw unusable(`${file} is damaged: ${reasonOf(cause)}`, cause);
  }
  if (Schema.Check(Manifest, manifest)) {
    const twice = manifest.files.find(
      ({ path }, i) => manifest.files.findIndex((each) => each.path === path) < i,
    );
    if (twice === undefined) return manifest;
    throw unusable(`${file} is damaged: ${twice.path} is in it twice`);
  }
  const [{ instancePath, message }] = Schema.Errors(Manifest, manifest)[1];
  throw unusable(`${file} is damaged, or of a newer release: ${instancePath} ${message}`);
}

/** The complete backups of a folder, oldest first; `unreadable` names manifests that were passed over, and why. */
export function backupsIn(folder: string): { backups: Backup[]; unreadable: string[] } {
  const backups: Backup[] = [];
  const unreadable: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    try {
      const manifest = readManifest(path);
      if (manifest !== null) backups.push({ folder: path, manifest });
    } catch (error) {
      unreadable.push(reasonOf(error));
    }
  }
  return { backups: backups.sort((a, b) => a.manifest.number - b.manifest.number), unreadable };
}

/**
 * A backup by its own folder, or the newest of a folder of backups that can be read; `unreadable` as in `backupsIn`.
 * Throws `unusable_backup` where there is none.
 */
export function findBackup(folder: string): Backup & { readonly unreadable: readonly string[] } {
  const own = readManifest(folder);
  if (own !== null) return { folder, manifest: own, unreadable: [] };
  const { backups, unreadable } = listBackups(folder);
  const newest = backups.at(-1);
  if (newest !== undefined) return { ...newest, unreadable };
  const why = unreadable[0] ?? `there is no ${BACKUP_MANIFEST} in it or in a folder of it`;
  throw unusable(`${folder} holds no complete backup: ${why}`);
}

function listBackups(folder: string) {
  try {
    return backupsIn(folder);
  } catch (cause) {
    throw unusable(`${folder}: ${reasonOf(cause)}`, cause);
  }
}

export const NOT_PLAIN = 'it is a link or behind one, or not a regular file, and is not read';

/**
 * Where a file of a backup is, to be read no further than the manifest says. Throws when it is not there, or of another
 * size; and for anything but a regular file of the backup itself: what is elsewhere is not of the backup, and a device
 * or a pipe may never end.
 */
export function fileOfBackup(folder: string, { path, bytes }: Pick<ManifestFile, 'path' | 'bytes'>): string {
  const file = join(folder, path);
  const found = lstatSync(file);
  const { size } = found;
  if (!found.isFile() || realpathSync(file) !== join(realpathSync(folder), path)) throw new Error(NOT_PLAIN);
  if (size !== bytes) throw new Error(`it is not what was backed up: ${size} bytes instead of ${bytes}`);
  return file;
}

/** Writes the manifest, durable; the last file of a backup. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const descriptor = openSync(join(folder, BACKUP_MANIFEST), 'wx', 0o600);
  try {
    writeFileSync(descriptor, `${JSON.stringify(manifest, null, 1)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const unusable = (what: string, cause?: unknown) => new DeltaStreamError('unusable_backup', what, { cause });

import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Schema from 'typebox/schema';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { BACKUP_MANIFEST } from '../../kit/files/folder-lock.ts';

const ManifestFile = Type.Object({
  path: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)?\\.(db|json)$' }),
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
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusable(`${file}: ${reasonOf(cause)}`, cause);
  }
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw unusable(`${file} is damaged: ${reasonOf(cause)}`, cause);
  }
  if (Schema.Check(Manifest, manifest)) return manifest;
  const [{ instancePath, message }] = Schema.Errors(Manifest, manifest)[1];
  throw unusable(`${file} is damaged, or of a newer release: ${instancePath} ${message}`);
}

/** The complete backups of a folder, oldest first. */
export function backupsIn(folder: string): Backup[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) => {
      const path = join(folder, name);
      const manifest = readManifest(path);
      return manifest === null ? [] : [{ folder: path, manifest }];
    })
    .sort((a, b) => a.manifest.number - b.manifest.number);
}

/** A backup by its own folder, or the newest of a folder of backups. Throws `unusable_backup` where there is none. */
export function findBackup(folder: string): Backup {
  try {
    const manifest = readManifest(folder);
    const newest = manifest === null ? backupsIn(folder).at(-1) : { folder, manifest };
    if (newest !== undefined) return newest;
  } catch (cause) {
    if (cause instanceof DeltaStreamError) throw cause;
    throw unusable(`${folder}: ${reasonOf(cause)}`, cause);
  }
  throw unusable(
    `${folder} holds no complete backup: there is no ${BACKUP_MANIFEST} in it or in a folder of it`,
  );
}

/** Writes the manifest, durable; the last file of a backup. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const descriptor = openSync(join(folder, BACKUP_MANIFEST), 'wx', 0o600);
  try {
    writeSync(descriptor, `${JSON.stringify(manifest, null, 1)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const unusable = (what: string, cause?: unknown) => new DeltaStreamError('unusable_backup', what, { cause });

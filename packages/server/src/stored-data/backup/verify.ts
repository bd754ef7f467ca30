import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { examineDatabase } from '../../adapters/sqlite/examine-database.ts';
import { compareMarketFiles } from '../../adapters/sqlite/market-store/files/compare-files.ts';
import { examineMarketFiles } from '../../adapters/sqlite/market-store/files/examine-files.ts';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { BACKUP_MANIFEST } from '../../kit/files/folder-lock.ts';
import type { Finding } from '../../kit/health/finding.ts';
import { bytesOf, FILE_KINDS, type FileKind, filesOfKind } from '../file-kinds.ts';
import { dataFiles } from '../stored-data.ts';
import { checksum, type OnBytes } from './copy-file.ts';
import { backupsIn, fileOfBackup, type Manifest, NOT_PLAIN, readManifest } from './manifest.ts';

export interface VerifyOptions {
  /** A data folder, a backup, or a folder of backups: then the newest. */
  readonly folder: string;
  readonly busyTimeoutMs: number;
  readonly onProgress?: (done: number, total: number, path: string) => void;
}

export interface Verification {
  /** What was looked at. */
  readonly folder: string;
  /** Of a backup. */
  readonly manifest: Manifest | null;
  /** Of each file. */
  readonly findings: readonly Finding[];
  /** Everything that is damaged or missing, by its name, with what it held; empty where all is as it was written. */
  readonly damage: readonly string[];
}

/**
 * Reads everything that a data folder or a backup keeps: structure and checksums of every file, row and blob, whether
 * files agree with each other, and of a backup the checksums of its manifest. Changes nothing; a platform may be at work
 * in a data folder. Throws `unusable_backup` or `data_folder_unusable` where there is nothing to look at.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { folder, manifest, unreadable } = placeOf(options.folder);
  const { files, markets } = dataFiles(folder);
  const { busyTimeoutMs, onProgress = () => undefined } = options;
  const damage: string[] = [...unreadable];
  const findings: Finding[] = [];
  const total = files.reduce((sum, { file }) => sum + bytesOf(file), 0) * (manifest === null ? 1 : 2);
  let done = 0;

  if (manifest !== null) {
    for (const { path, bytes, sha256, problem } of manifest.files) {
      const count: OnBytes = (read) => {
        done += read;
        onProgress(done, total, path);
      };
      const found = await checksumOf(folder, { path, bytes }, count).catch((error) => reasonOf(error));
      if (typeof found === 'string') damage.push(`${path}: ${found}`);
      else if (found.bytes !== bytes || found.sha256 !== sha256) {
        damage.push(
          `${path}: it is not what was backed up (${found.bytes} bytes instead of ${bytes}, or other ones)`,
        );
      }
      if (problem !== undefined)
        damage.push(`${path}: it is of an earlier backup, because of the original: ${problem}`);
    }
  }
  const notPlain = manifest === null ? [] : notPlainIn(folder);
  const isNamed = (path: string) =>
    manifest?.files.some((each) => each.path === path || each.path.startsWith(`${path}/`));
  damage.push(...notPlain.filter((path) => !isNamed(path)).map((path) => `${path}: ${NOT_PLAIN}`));
  // SQLite would wait for a pipe, and follow a link.
  const isOpened = (store: string) =>
    !notPlain.some((path) => path === store || path.startsWith(`${store}/`) || path.startsWith(`${store}-`));
  for (const { file, store, schema } of files.filter((each) => !each.store.includes('/'))) {
    if (!isOpened(store)) continue;
    findings.push(examineDatabase(file, schema));
    done += bytesOf(file);
    onProgress(done, total, store);
  }
  for (const store of filesOfKind(folder, INSTRUMENTS).filter(isOpened)) {
    const finding = examineList(join(folder, store), store);
    findings.push(finding);
    done += bytesOf(join(folder, store));
    onProgress(done, total, store);
  }
  for (const market of markets) {
    const dataset = basename(market);
    if (!isOpened(dataset)) continue;
    const inDataset = (name: string) => `${dataset}/${name}`;
    let current = '';
    const onFile = (name: string) => {
      if (current !== '' && current !== name) done += bytesOf(join(market, current));
      current = name;
      onProgress(done, total, inDataset(name));
    };
    const named = new Set<string>();
    const examined = examineMarketFiles(market, {
      complete: true,
      busyTimeoutMs,
      onDamage(name, what) {
        named.add(name);
        damage.push(`${inDataset(name)}: ${what}`);
      },
      onRows: onFile,
    });
    findings.push(...examined);
    for (const { check, detail } of examined.filter(({ ok, check }) => !ok && !named.has(check))) {
      damage.push(`${inDataset(check)}: ${detail}`);
    }
    damage.push(...compareMarketFiles(market, busyTimeoutMs, manifest !== null).map(inDataset));
  }
  const others = findings.filter(({ ok, part }) => !ok && part === 'data folder');
  damage.push(...others.map(({ check, detail }) => `${check}: ${detail}`));
  onProgress(total, total, '');
  return { folder, manifest, findings, damage };
}

const INSTRUMENTS = FILE_KINDS.find(({ name }) => name === 'instruments') as FileKind;

/** A list of instruments is replaced as one: it is as it was written where it can be read to its end. */
function examineList(file: string, check: string): Finding {
  const finding = { part: 'data folder', check };
  try {
    JSON.parse(readFileSync(file, 'utf8'));
    return { ...finding, ok: true, detail: 'sound' };
  } catch (error) {
    return {
      ...finding,
      ok: false,
      detail: `it cannot be read (${reasonOf(error)}); its venue is asked anew`,
    };
  }
}

/** Rejects as `fileOfBackup` throws. */
const checksumOf = async (folder: string, file: { path: string; bytes: number }, onBytes: OnBytes) =>
  checksum(fileOfBackup(folder, file), onBytes, file.bytes);

/** Paths inside a backup of what is neither a regular file nor a folder. */
function notPlainIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((entry) =>
    entry.isFile() || entry.isDirectory() ? [] : [relative(folder, join(entry.parentPath, entry.name))],
  );
}

function placeOf(folder: string): {
  folder: string;
  manifest: Manifest | null;
  unreadable: readonly string[];
} {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new DeltaStreamError('data_folder_unusable', `${folder}: there is no such folder`);
  }
  if (existsSync(join(folder, BACKUP_MANIFEST))) {
    return { folder, manifest: readManifest(folder), unreadable: [] };
  }
  const { backups, unreadable } = backupsIn(folder);
  const newest = backups.at(-1);
  if (newest !== undefined) return { ...newest, unreadable };
  if (dataFiles(folder).files.length > 0) return { folder, manifest: null, unreadable };
  throw new DeltaStreamError('data_folder_unusable', `${folder} holds neither data nor a backup`);
}

import process, { stderr, stdout } from 'node:process';
import { DeltaStreamError } from '../../kit/errors.ts';
import { findingsTable } from '../../kit/health/finding.ts';
import { VERSION } from '../../services.ts';
import type { Settings } from '../../settings/compose.ts';
import { createBackup } from '../../stored-data/backup/create-backup.ts';
import { restoreBackup } from '../../stored-data/backup/restore-backup.ts';
import { verify } from '../../stored-data/backup/verify.ts';
import { createProgressBar } from '../progress-bar.ts';
import { sizeOf } from './sizes.ts';

/** Exit code of what was done, and found something damaged. */
const DAMAGED = 2;

/** How what a server keeps is backed up, by the scheme of its address. */
const SERVER_TOOLS: readonly { readonly scheme: RegExp; readonly server: string; readonly tools: string }[] =
  [
    { scheme: /^mongodb(\+srv)?:/, server: 'MongoDB', tools: 'mongodump and mongorestore' },
    { scheme: /^postgres(ql)?:/, server: 'PostgreSQL', tools: 'pg_dump and pg_restore' },
  ];

/** Throws `invalid_setting` where something is kept on a server: a backup of the folder would lack it. */
function requireFolder(settings: Settings): void {
  for (const use of ['store', 'users'] as const) {
    const found = SERVER_TOOLS.find(({ scheme }) => scheme.test(settings[use]));
    if (found === undefined) continue;
    const advice = `use ${found.tools} for it; for the data folder beside it, say --store sqlite: --users sqlite:`;
    throw new DeltaStreamError(
      'invalid_setting',
      `--${use}: what is kept in ${found.server} is not in the data folder: ${advice}`,
    );
  }
}

/** Backs the data folder up. The exit code is 2 when a file could not be copied. Rejects as `createBackup`. */
export async function makeBackup(settings: Settings, target: string, keep: number): Promise<void> {
  requireFolder(settings);
  const { data } = settings;
  const result = await withBar((onProgress) =>
    createBackup({ data, target, keep, release: VERSION, nowMs: Date.now(), onProgress }),
  );
  const { folder, manifest, copied, copiedBytes, linked, removed, problems, unreadable } = result;
  stdout.write(
    `${folder}: ${manifest.files.length} files; ${copied} copied (${sizeOf(copiedBytes)}), ${linked} as before` +
      `${removed > 0 ? `; ${removed} older backups removed` : ''}\n`,
  );
  for (const problem of problems) stdout.write(`not copied: ${problem}\n`);
  printUnreadable(unreadable);
  if (problems.length > 0) process.exitCode = DAMAGED;
}

function printUnreadable(unreadable: readonly string[]): void {
  for (const why of unreadable) stdout.write(`passed over: ${why}\n`);
  if (unreadable.length > 0) process.exitCode = DAMAGED;
}

/** Puts a backup into the data folder. Rejects as `restoreBackup`. */
export async function putBack(settings: Settings, source: string, replace: boolean): Promise<void> {
  requireFolder(settings);
  const { data } = settings;
  const result = await withBar((onProgress) =>
    restoreBackup({ data, source, replace, nowMs: Date.now(), onProgress }),
  );
  const { manifest, movedTo, completed } = result;
  const what =
    manifest === null
      ? 'a backup'
      : `the backup of ${manifest.made_at} (${manifest.files.length} files, release ${manifest.release})`;
  stdout.write(`${data}: ${completed ? 'completed the interrupted restore of ' : 'restored '}${what}\n`);
  printUnreadable(result.unreadable);
  if (movedTo !== null)
    stdout.write(`What was there is in ${movedTo}: remove it when it is no longer needed\n`);
}

/** Prints whether everything is as it was written, and by name what is not: then the exit code is 2. Rejects as `verify`. */
export async function printVerification(settings: Settings, folder: string | undefined): Promise<void> {
  if (folder === undefined) requireFolder(settings);
  const result = await withBar((onProgress) =>
    verify({
      folder: folder ?? settings.data,
      busyTimeoutMs: settings.sqliteBusyTimeoutMs,
      onProgress,
    }),
  );
  const { manifest, findings, damage } = result;
  if (manifest !== null) {
    const { number, made_at, files } = manifest;
    stdout.write(`${result.folder}: backup ${number} of ${made_at}, ${files.length} files\n`);
  }
  stdout.write(findingsTable(findings));
  for (const what of damage) stdout.write(`damaged: ${what}\n`);
  stdout.write(damage.length === 0 ? 'Everything is as it was written\n' : `${damage.length} found\n`);
  if (damage.length > 0) process.exitCode = DAMAGED;
}

async function withBar<T>(
  work: (onProgress: (done: number, total: number, path: string) => void) => Promise<T>,
): Promise<T> {
  const bar = createProgressBar(stderr);
  try {
    return await work((done, total, path) =>
      bar.update(total === 0 ? 1 : done / total, `${sizeOf(done)} of ${sizeOf(total)} ${path}`),
    );
  } finally {
    bar.stop();
  }
}

import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type FileSchema, schemaVersion } from './file-schema.ts';
import { inTransaction } from './transaction.ts';

/**
 * Brings a file's schema up to date in one transaction: after a crash, or when a step fails, the file is as it was.
 * A file whose schema says so is copied before its steps run, to `FILE.version-N` beside it; the copy is removed
 * once the steps are committed. The file is locked against other writers from the look at its version on, so that
 * of two processes one runs the steps. Throws as `schemaVersion`, and with what a step failed of.
 */
export function migrate(database: DatabaseSync, file: string, schema: FileSchema): void {
  const { steps, complete, applicationId = 0, keepsCopy } = schema;
  inTransaction(database, () => {
    const version = schemaVersion(database, schema);
    const missing = steps.slice(version);
    if (keepsCopy && version > 0 && missing.length > 0) copyOf(file, version);
    for (const [i, { what, sql }] of missing.entries()) {
      attempt(`step ${version + i + 1} (${what})`, version, () => database.exec(sql));
    }
    complete?.(database);
    if (missing.length === 0) return;
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`);
    if (version > 0) attempt('the check after the steps', version, () => requireSound(database));
  });
  if (keepsCopy) for (let version = 1; version < steps.length; version++) removeCopy(file, version);
}

/** Throws with SQLite's first finding when the structure of a database is not sound. */
function requireSound(database: DatabaseSync): void {
  const [found] = database.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
  if (found?.quick_check !== 'ok') throw new Error(String(found?.quick_check));
}

function attempt(what: string, version: number, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${what}: ${reason}; the file is as it was, of schema version ${version}`, { cause });
  }
}

const copyName = (file: string, version: number): string => `${file}.version-${version}`;

/**
 * Copies what is committed, the write-ahead log included, through a second connection. A copy appears under its name
 * once it is complete and durable.
 */
function copyOf(file: string, version: number): void {
  removeCopy(file, version);
  const partial = `${copyName(file, version)}.partial`;
  attempt('the copy before the steps', version, () => {
    // SQLite fills an empty file, and leaves it the mode that it was made with.
    closeSync(openSync(partial, 'wx', 0o600));
    const source = new DatabaseSync(file, { readOnly: true });
    try {
      source.prepare('VACUUM INTO ?').run(partial);
    } finally {
      source.close();
    }
    syncFile(partial);
    renameSync(partial, copyName(file, version));
    syncFile(dirname(file));
  });
}

/** Removes a copy, and what a crash left of one: a journal that stays would be taken for the next one's. */
function removeCopy(file: string, version: number): void {
  for (const part of ['', '.partial', '.partial-journal'])
    rmSync(copyName(file, version) + part, { force: true });
}

function syncFile(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

import { dirname, join } from 'node:path';
import { type FileSchema, fileVersion, isNewerSchema } from '../adapters/sqlite/file-schema.ts';
import { DAY_SCHEMA } from '../adapters/sqlite/market-store/files/schemas.ts';
import { openDatabase } from '../adapters/sqlite/open-database.ts';
import { createOpenMark } from '../adapters/sqlite/open-mark.ts';
import { marketDatabase, serverOf } from '../adapters.ts';
import { DeltaStreamError, reasonOf } from '../kit/errors.ts';
import { lockFolder } from '../kit/files/folder-lock.ts';
import { openedVersion, refusedVersion, type StoredVersion } from '../kit/health/stored-version.ts';
import type { Settings } from '../settings/compose.ts';
import { datasetOf } from '../settings/places.ts';
import { FILE_KINDS, filesOfKind } from './file-kinds.ts';

interface DataFile {
  /** Its path inside the data folder. */
  readonly store: string;
  readonly file: string;
  readonly schema: FileSchema;
}

/** Every SQLite file of a data folder, and the folders of its datasets. The folder may be missing. */
export function dataFiles(folder: string): { files: DataFile[]; markets: string[] } {
  const files = FILE_KINDS.flatMap((kind) =>
    filesOfKind(folder, kind).flatMap((store) =>
      kind.schema === null ? [] : [{ store, file: join(folder, store), schema: kind.schema }],
    ),
  );
  const datasets = new Set(files.filter(({ store }) => store.includes('/')).map(({ file }) => dirname(file)));
  return { files, markets: [...datasets].sort() };
}

/** A database of a server that the settings name. */
export interface DatabaseUse {
  readonly part: 'store' | 'users' | 'alerts' | 'log-store';
  readonly port: 'marketStore' | 'users' | 'alertStore' | 'logs';
  /** The flag that names it. */
  readonly flag: 'store' | 'users' | 'log-store';
  readonly server: 'mongodb' | 'postgres';
  readonly url: string;
  /** Of MongoDB a database, of PostgreSQL a schema. */
  readonly name?: string;
}

export function databaseUses(settings: Settings): DatabaseUse[] {
  const { store, users, logStore } = settings;
  const uses = [
    { part: 'store', flag: 'store', port: 'marketStore', url: store, name: marketDatabase(settings) },
    { part: 'users', flag: 'users', port: 'users', url: users },
    { part: 'alerts', flag: 'users', port: 'alertStore', url: users },
    { part: 'log-store', flag: 'log-store', port: 'logs', url: logStore },
  ] as const;
  return uses.flatMap((use) => {
    const server = serverOf(use.url);
    return server === null ? [] : [{ ...use, server }];
  });
}

const nameOf = ({ server, part, flag }: DatabaseUse): string =>
  `${{ mongodb: 'MongoDB', postgres: 'PostgreSQL' }[server]} (${part === 'alerts' ? 'alerts, ' : ''}--${flag})`;

/** The version of a database. Rejects with `store_failed` when it cannot be read. */
export const storedDatabase = async (use: DatabaseUse): Promise<StoredVersion> =>
  (await schemaOf(use)).look();

/** Where each schema stands is known to its adapter, which is loaded where it is used. */
const schemaOf = (use: DatabaseUse) => (use.server === 'mongodb' ? mongoSchema(use) : postgresSchema(use));

async function mongoSchema(use: DatabaseUse) {
  const { storedVersion, upgradeDatabase } = await import('../adapters/mongo/schema.ts');
  const { MARKET_SCHEMA } = await import('../adapters/mongo/market-store/schema.ts');
  const { USERS_SCHEMA: users } = await import('../adapters/mongo/user-store/collections.ts');
  const { ALERTS_SCHEMA: alerts } = await import('../adapters/mongo/alert-store/collections.ts');
  const { part, url, name: database } = use;
  // Logs are never in MongoDB.
  const schema = { store: MARKET_SCHEMA, users, alerts, 'log-store': MARKET_SCHEMA }[part];
  return {
    look: () => storedVersion(nameOf(use), { url, database }, schema),
    upgrade: () => upgradeDatabase({ url, database }, schema),
  };
}

async function postgresSchema(use: DatabaseUse) {
  const { storedVersion, upgradeSchema } = await import('../adapters/postgres/database/schema.ts');
  const { MARKET_SCHEMA } = await import('../adapters/postgres/market-store/schema.ts');
  const { USERS_SCHEMA: users } = await import('../adapters/postgres/user-store/schema.ts');
  const { ALERTS_SCHEMA: alerts } = await import('../adapters/postgres/alert-store/schema.ts');
  const { LOGS_SCHEMA: logs } = await import('../adapters/postgres/log-store/former-logs-postgres.ts');
  const { part, url, name: schema } = use;
  const steps = { store: MARKET_SCHEMA, users, alerts, 'log-store': logs }[part];
  return {
    look: () => storedVersion(nameOf(use), { url, schema }, steps),
    upgrade: () => upgradeSchema({ url, schema }, steps),
  };
}

function storedFile({ store, file, schema }: DataFile, busyTimeoutMs: number): StoredVersion {
  try {
    return openedVersion(store, fileVersion(file, schema, busyTimeoutMs), schema.steps);
  } catch (error) {
    return refusedVersion(store, schema.steps.length, reasonOf(error));
  }
}

/** Every file of the data folder, of all datasets, and every database server of the settings. Changes nothing. */
export async function storedVersions(settings: Settings): Promise<StoredVersion[]> {
  const databases = databaseUses(settings).map((use) =>
    storedDatabase(use).catch((error) => refusedVersion(nameOf(use), 0, reasonOf(error))),
  );
  const files = dataFiles(settings.data).files.map((each) => storedFile(each, settings.sqliteBusyTimeoutMs));
  return [...files, ...(await Promise.all(databases))];
}

/**
 * Brings every store up to date. Throws `data_folder_in_use` while a process has the folder; what a file or a
 * database fails of is thrown, and what came before it stays up to date.
 */
export async function upgradeStores(settings: Settings): Promise<void> {
  const { files } = dataFiles(settings.data);
  const lock = files.length > 0 ? lockFolder(settings.data) : null;
  try {
    for (const { file, schema } of files) {
      // A sealed day is never written to: another layout of it would come with the next sealing.
      if (schema === DAY_SCHEMA) continue;
      openDatabase({
        file,
        schema,
        synchronous: 'FULL',
        busyTimeoutMs: settings.sqliteBusyTimeoutMs,
      }).close();
      // What a killed process left is in the file now, and its log is gone.
      createOpenMark(file).clear();
    }
  } finally {
    lock?.release();
  }
  for (const use of databaseUses(settings)) await (await schemaOf(use)).upgrade();
}

/**
 * Throws `newer_release` when a file that these settings use is of one, before any other is brought up to date. What
 * else keeps a file from being opened is said by its store.
 */
export function requireKnownFiles(settings: Settings): void {
  const dataset = `${datasetOf(settings)}/`;
  for (const { store, file, schema } of dataFiles(settings.data).files) {
    if (store.includes('/') && !store.startsWith(dataset)) continue;
    try {
      fileVersion(file, schema, settings.sqliteBusyTimeoutMs);
    } catch (cause) {
      if (!isNewerSchema(cause)) continue;
      throw new DeltaStreamError('newer_release', `${file}: ${reasonOf(cause)}`, { cause });
    }
  }
}

import type { Db } from 'mongodb';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import {
  newerSchema,
  openedVersion,
  refusedVersion,
  type StoredVersion,
} from '../../kit/health/stored-version.ts';
import { connectMongo, type MongoConnection, type MongoOptions, retryTakenKeys } from './connect.ts';

/** A step of a schema. One that was released never changes, and may be run again on what it did. */
export interface MongoStep {
  /** What it brings, for an operator to read. */
  readonly what: string;
  run(db: Db): Promise<unknown>;
}

export interface MongoSchema {
  /** The database, where no setting names another. */
  readonly database: string;
  /** The document of its version; another where a URL may put two schemas into one database. */
  readonly versionId?: string;
  /** In order; step n leads to version n. A database without a version is new, or of release 0.1.0. */
  readonly steps: readonly MongoStep[];
}

/** The version of a database stands in one document. */
const SCHEMA = 'schema';
interface SchemaDocument {
  readonly _id: string;
  readonly version: number;
}

const idOf = ({ versionId = SCHEMA }: MongoSchema): string => versionId;
const versionDocument = (db: Db) => db.collection<SchemaDocument>(SCHEMA);

/** The schema version of a database, 0 while it has none. Rejects with `newer_release`. */
export async function databaseVersion(
  connection: Pick<MongoConnection, 'db' | 'run'>,
  schema: MongoSchema,
): Promise<number> {
  const found = await connection.run((db) => versionDocument(db).findOne({ _id: idOf(schema) }));
  const version = found?.version ?? 0;
  const newest = schema.steps.length;
  if (version <= newest) return version;
  const reason = `the MongoDB database ${connection.db.databaseName}: ${newerSchema(version, newest)}`;
  throw new DeltaStreamError('newer_release', reason);
}

/**
 * Runs the steps that a database lacks, and notes each when it is done: a step that was cut off is run again by the
 * next process that opens the database, and two that open it at a time do the same twice. Rejects with
 * `newer_release`, or with `store_failed` naming the step.
 */
export async function migrateDatabase(connection: MongoConnection, schema: MongoSchema): Promise<void> {
  const version = await databaseVersion(connection, schema);
  for (const [i, { what, run }] of schema.steps.entries()) {
    if (i < version) continue;
    try {
      await connection.run(run);
    } catch (cause) {
      const reason = `step ${i + 1} (${what}): ${reasonOf(cause)}`;
      throw new DeltaStreamError('store_failed', reason, { cause });
    }
    const update = { $max: { version: i + 1 } };
    await connection.update((db) =>
      retryTakenKeys(() => versionDocument(db).updateOne({ _id: idOf(schema) }, update, { upsert: true })),
    );
  }
}

/** Looks at the version of a database without changing anything. Rejects when it cannot be read. */
export async function storedVersion(
  store: string,
  options: MongoOptions,
  schema: MongoSchema,
): Promise<StoredVersion> {
  const connection = await connectMongo(options, schema.database);
  try {
    return openedVersion(store, await databaseVersion(connection, schema), schema.steps);
  } catch (error) {
    if (!(error instanceof DeltaStreamError) || error.code !== 'newer_release') throw error;
    return refusedVersion(store, schema.steps.length, error.message);
  } finally {
    await connection.close();
  }
}

/** Brings a database up to date as the next start would. Rejects as `migrateDatabase`. */
export async function upgradeDatabase(options: MongoOptions, schema: MongoSchema): Promise<void> {
  const connection = await connectMongo(options, schema.database);
  try {
    await migrateDatabase(connection, schema);
  } finally {
    await connection.close();
  }
}

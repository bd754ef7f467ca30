import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { newerSchema } from '../../kit/health/stored-version.ts';

/** A step of a schema. One that was released never changes. */
export interface SchemaStep {
  /** What it brings, for an operator to read: "checksums of rows". */
  readonly what: string;
  readonly sql: string;
}

/** What a kind of SQLite file must have. */
export interface FileSchema {
  /** In order; step n leads to `user_version` n. */
  readonly steps: readonly SchemaStep[];
  /** What a file must have besides, which may be there already; done in the transaction of the steps. */
  readonly complete?: (database: DatabaseSync) => void;
  /** Marks files as this store's, so that a SQLite file of something else is never written to. */
  readonly applicationId?: number;
  /** Keeps a copy while steps are run on a file that is there: its content is nowhere else. */
  readonly keepsCopy: boolean;
}

/** Such a file is not written to. */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

/** A file that a newer release has written. It is not written to. */
class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';

  constructor(version: number, newest: number) {
    super(newerSchema(version, newest));
  }
}

/** True for an error that comes of a newer release's file. */
export const isNewerSchema = (error: unknown): boolean =>
  error instanceof NewerSchemaError || (error instanceof Error && isNewerSchema(error.cause));

/**
 * The version of a file's schema; 0 while nothing is in it. Throws ForeignFileError, and NewerSchemaError for one
 * that this release does not know.
 */
export function schemaVersion(database: DatabaseSync, { steps, applicationId }: FileSchema): number {
  if (numberOf(database, 'SELECT count(*) AS value FROM sqlite_schema') === 0) return 0;
  const application = numberOf(database, 'SELECT application_id AS value FROM pragma_application_id');
  const version = numberOf(database, 'SELECT user_version AS value FROM pragma_user_version');
  // Tables and version are of one transaction.
  if (version === 0 || (applicationId !== undefined && application !== applicationId)) {
    throw new ForeignFileError('it is a SQLite file of something else');
  }
  if (version > steps.length) throw new NewerSchemaError(version, steps.length);
  return version;
}

const numberOf = (database: DatabaseSync, sql: string): number => Number(database.prepare(sql).get()?.value);

/** The version of a file that is looked at and not changed; 0 when it is missing or empty. Throws as `schemaVersion`. */
export function fileVersion(file: string, schema: FileSchema, busyTimeoutMs: number): number {
  if (!existsSync(file) || statSync(file).size === 0) return 0;
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
  try {
    return schemaVersion(database, schema);
  } finally {
    database.close();
  }
}

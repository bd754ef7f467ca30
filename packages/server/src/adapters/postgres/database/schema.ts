import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import {
  newerSchema,
  openedVersion,
  refusedVersion,
  type StoredVersion,
} from '../../../kit/health/stored-version.ts';
import {
  BEGIN,
  connectPostgres,
  type PostgresConnection,
  type PostgresOptions,
  type Session,
} from './connect.ts';

/** A step of a schema. One that was released never changes. */
interface PostgresStep {
  /** What it brings, for an operator to read. */
  readonly what: string;
  /** Statements, for the schema as it is written in SQL. */
  readonly sql: (schema: string) => string;
}

export interface PostgresSchema {
  /** Its name, where no setting names another. */
  readonly name: string;
  /** In order; step n leads to version n. */
  readonly steps: readonly PostgresStep[];
  /** What every release sees to beside the steps, such as a column for each figure; may find it done. */
  readonly complete?: (session: Session, schema: string) => Promise<void>;
}

/** Holds, until the transaction ends, what no two processes may do to the tables of a schema at a time. */
export const lockTables = (session: Session, schema: string) =>
  session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`deltastream ${schema}`]);

const hasTable = async (session: Session, name: string): Promise<boolean> =>
  (await session.query('SELECT to_regclass($1) IS NOT NULL AS found', [name])).rows[0].found;

/** The version of a schema, 0 while it has none. Rejects with `newer_release`. */
export async function schemaVersion(
  { place, schema }: PostgresConnection,
  session: Session,
  steps: readonly PostgresStep[],
): Promise<number> {
  if (!(await hasTable(session, `${schema}.schema_version`))) return 0;
  const { rows } = await session.query(`SELECT version FROM ${schema}.schema_version`);
  const version: number = rows[0]?.version ?? 0;
  if (version <= steps.length) return version;
  throw new DeltaStreamError('newer_release', `${place}: ${newerSchema(version, steps.length)}`);
}

/**
 * Runs the steps that a schema lacks, in one transaction and by one process at a time: all of them are done, or none.
 * Rejects with `newer_release`, or with `store_failed` naming the step.
 */
export async function migrate(
  connection: PostgresConnection,
  { steps, complete }: Pick<PostgresSchema, 'steps' | 'complete'>,
): Promise<void> {
  const { place, schema } = connection;
  await connection.maintain(async (session) => {
    await session.query(BEGIN);
    await lockTables(session, schema);
    const version = await schemaVersion(connection, session, steps);
    if (version < steps.length) await runSteps(session, place, schema, steps, version);
    await complete?.(session, schema);
    await session.query('COMMIT');
  });
}

async function runSteps(
  session: Session,
  place: string,
  schema: string,
  steps: readonly PostgresStep[],
  version: number,
): Promise<void> {
  // With a schema that an administrator made for it, a role needs no right to the database.
  const there = await session.query('SELECT to_regnamespace($1) IS NOT NULL AS found', [schema]);
  if (!there.rows[0].found) await session.query(`CREATE SCHEMA ${schema}`);
  for (const [i, { what, sql }] of steps.entries()) {
    if (i < version) continue;
    try {
      await session.query(sql(schema));
    } catch (cause) {
      const reason = `${place}: step ${i + 1} (${what}): ${reasonOf(cause)}`;
      throw new DeltaStreamError('store_failed', reason, { cause });
    }
  }
  await session.query(
    `CREATE TABLE IF NOT EXISTS ${schema}.schema_version (version integer NOT NULL);
     DELETE FROM ${schema}.schema_version;
     INSERT INTO ${schema}.schema_version VALUES (${steps.length})`,
  );
}

/** Looks at the version of a schema without changing anything. Rejects when it cannot be read. */
export async function storedVersion(
  store: string,
  options: PostgresOptions,
  schema: PostgresSchema,
): Promise<StoredVersion> {
  const connection = await connectPostgres(options, schema.name, { readOnly: true });
  try {
    const version = await connection.run((session) => schemaVersion(connection, session, schema.steps));
    return openedVersion(store, version, schema.steps);
  } catch (error) {
    if (!(error instanceof DeltaStreamError) || error.code !== 'newer_release') throw error;
    return refusedVersion(store, schema.steps.length, error.message);
  } finally {
    await connection.close();
  }
}

/** Brings a schema up to date as the next start would. Rejects as `migrate`. */
export async function upgradeSchema(options: PostgresOptions, schema: PostgresSchema): Promise<void> {
  const connection = await connectPostgres(options, schema.name);
  try {
    await migrate(connection, schema);
  } finally {
    await connection.close();
  }
}

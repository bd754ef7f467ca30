import { LOG_LEVELS } from '@deltastream/contracts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import { joinContext, type LogEntry, type LogStore, splitContext } from '../../../ports/stores/log-store.ts';
import { createGroupCommit } from '../../group-commit.ts';
import { binaryArray } from '../database/binary-arrays.ts';
import { connectPostgres, type PostgresOptions } from '../database/connect.ts';
import { instant } from '../database/instants.ts';
import { migrate, type PostgresSchema } from '../database/schema.ts';
import { POSTGRES } from '../settings.ts';

export interface PostgresLogStoreOptions extends PostgresOptions {
  /** Entries kept; the oldest go first. */
  readonly maxRows: number;
}

/** Security events among them: apart from what they tell about, for a role of its own. */
export const LOGS_SCHEMA: PostgresSchema = {
  name: 'deltastream_logs',
  steps: [
    {
      what: 'log entries',
      sql: (schema) => `
        CREATE TABLE ${schema}.log (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          ts timestamptz NOT NULL,
          severity smallint NOT NULL,
          service text COLLATE "C" NOT NULL,
          message text NOT NULL,
          fields json NOT NULL
        );`,
    },
  ],
};

/** About what an entry takes beside its texts. */
const ENTRY_BYTES = 100;

/**
 * Log entries in a schema of a PostgreSQL database. Appends are committed together, in their order. A number that a
 * failed append took stays unused, and counts as an entry in the bound.
 *
 * Rejects with `store_failed` when no server is there, with `newer_release` when the schema is of one.
 */
export async function createPostgresLogStore(options: PostgresLogStoreOptions): Promise<LogStore> {
  const settings = withDefaults(POSTGRES.defaults, options);
  const connection = await connectPostgres(options, LOGS_SCHEMA.name);
  const { schema, run } = connection;
  try {
    await migrate(connection, LOGS_SCHEMA);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const queue = createGroupCommit<readonly Row[]>((puts) => insert(puts.flat()), settings);
  let closing: Promise<void> | null = null;

  const insert = (rows: readonly Row[]) =>
    connection.transaction(async (session) => [
      session.query(
        `INSERT INTO ${schema}.log (ts, severity, service, message, fields)
         SELECT ts, severity, service, message, fields::json
         FROM unnest($1::timestamptz[], $2::integer[], $3::text[], $4::text[], $5::text[])
           WITH ORDINALITY AS t (ts, severity, service, message, fields, place) ORDER BY place`,
        [
          binaryArray(
            'timestamptz',
            rows.map(({ timestamp }) => timestamp),
          ),
          binaryArray(
            'integer',
            rows.map(({ severity }) => severity),
          ),
          binaryArray(
            'text',
            rows.map(({ service }) => service),
          ),
          binaryArray(
            'text',
            rows.map(({ message }) => message),
          ),
          binaryArray(
            'text',
            rows.map(({ fields }) => fields),
          ),
        ],
      ),
      session.query(`DELETE FROM ${schema}.log WHERE id <= (SELECT max(id) FROM ${schema}.log) - $1`, [
        options.maxRows,
      ]),
    ]);

  return {
    append(entries) {
      const rows = entries.map(rowOf);
      const bytes = rows.reduce((sum, row) => sum + ENTRY_BYTES + row.message.length + row.fields.length, 0);
      return queue.put(bytes, () => (rows.length === 0 ? null : rows));
    },
    query: ({ minLevel, service, fromMs, toMs, beforeId, limit }) =>
      run(async (session) => {
        const { rows } = await session.query(
          `SELECT id, ts, severity, service, message, fields FROM ${schema}.log
           WHERE severity >= $1 AND ($2::text IS NULL OR service = $2) AND ($3::timestamptz IS NULL OR ts >= $3)
             AND ($4::timestamptz IS NULL OR ts < $4) AND ($5::bigint IS NULL OR id < $5)
           ORDER BY id DESC LIMIT $6`,
          [
            minLevel === undefined ? 0 : LOG_LEVELS.indexOf(minLevel),
            service ?? null,
            fromMs === undefined ? null : instant(fromMs),
            toMs === undefined ? null : instant(toMs),
            beforeId ?? null,
            limit,
          ],
        );
        return rows.map(({ ts, severity, fields, ...entry }) => ({
          ...entry,
          ...splitContext(fields),
          timestamp: ts,
          level: LOG_LEVELS[severity],
        }));
      }),
    problem: connection.problem,
    close() {
      closing ??= queue.close().then(connection.close);
      return closing;
    },
  };
}

interface Row {
  readonly timestamp: number;
  readonly severity: number;
  readonly service: string;
  readonly message: string;
  readonly fields: string;
}

/** No text of PostgreSQL has the character U+0000; JSON writes it as an escape of its own. */
const visible = (text: string): string => text.replaceAll('\0', '\\u0000');

const rowOf = (entry: LogEntry): Row => ({
  timestamp: Math.trunc(entry.timestamp),
  severity: LOG_LEVELS.indexOf(entry.level),
  service: visible(entry.service),
  message: visible(entry.message),
  fields: JSON.stringify(joinContext(entry)),
});

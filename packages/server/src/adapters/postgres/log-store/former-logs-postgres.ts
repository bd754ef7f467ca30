import { LOG_LEVELS } from '@deltastream/contracts';
import { splitContext } from '../../../ports/stores/logs/log-store.ts';
import type { FormerLogs } from '../../log-files/former/import-former.ts';
import { connectPostgres, type PostgresConnection, type PostgresOptions } from '../database/connect.ts';
import type { PostgresSchema } from '../database/schema.ts';

/** Where earlier releases kept entries in a database. */
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

/** The table of earlier releases in PostgreSQL. It is only read. Rejects with `store_failed` when no server is there. */
export function formerPostgresLogs(options: PostgresOptions): FormerLogs {
  let connecting: Promise<PostgresConnection> | null = null;
  const connect = () => {
    connecting ??= connectPostgres(options, LOGS_SCHEMA.name, { readOnly: true });
    return connecting;
  };
  return {
    place: `PostgreSQL, schema ${options.schema ?? LOGS_SCHEMA.name}`,
    async exist() {
      const { schema, run } = await connect();
      const { rows } = await run((session) =>
        session.query('SELECT to_regclass($1) IS NOT NULL AS there', [`${schema}.log`]),
      );
      return rows[0].there;
    },
    async after(id, limit) {
      const { schema, run } = await connect();
      const { rows } = await run((session) =>
        session.query(
          `SELECT id, ts, severity, service, message, fields FROM ${schema}.log WHERE id > $1 ORDER BY id LIMIT $2`,
          [id, limit],
        ),
      );
      return rows.map(({ ts, severity, fields, ...entry }) => ({
        ...entry,
        timestamp: ts,
        level: LOG_LEVELS[severity],
        ...splitContext(fields),
      }));
    },
    async close() {
      await (await connecting?.catch(() => null))?.close();
    },
  };
}

import type {
  DocumentHead,
  DocumentMethods,
  StoredDocument,
} from '../../../ports/stores/users/user-store.ts';
import type { PostgresConnection } from '../database/connect.ts';
import { instant } from '../database/instants.ts';
import { createChange } from './change.ts';

/** What users keep; the condition of one statement decides which of two changes is made. */
export function createDocumentMethods(connection: PostgresConnection): DocumentMethods {
  const { schema, run } = connection;
  const change = createChange(connection);
  return {
    document: ({ userId, kind, name }) =>
      run(async (session) => {
        const text = `SELECT * FROM ${schema}.document WHERE user_id = $1 AND kind = $2 AND name = $3`;
        const { rows } = await session.query(text, [userId, kind, name]);
        return rows.length === 0 ? null : documentOf(rows[0]);
      }),
    documentsOf: (userId, kind) =>
      run(async (session) => {
        const text = `SELECT name, version, updated_at FROM ${schema}.document
                      WHERE user_id = $1 AND kind = $2 ORDER BY name`;
        return (await session.query(text, [userId, kind])).rows.map(headOf);
      }),
    async putDocument({ userId, kind, name, version, updatedAt, json }, from) {
      const values = [userId, kind, name, version, instant(updatedAt), json];
      const text =
        from === 0
          ? `INSERT INTO ${schema}.document VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`
          : `UPDATE ${schema}.document SET version = $4, updated_at = $5, json = $6
             WHERE user_id = $1 AND kind = $2 AND name = $3 AND version = $7`;
      return (await change(text, ...values, ...(from === 0 ? [] : [from]))) === 1;
    },
    removeDocument: async ({ userId, kind, name }, version) =>
      (await change(
        `DELETE FROM ${schema}.document WHERE user_id = $1 AND kind = $2 AND name = $3 AND version = $4`,
        ...[userId, kind, name, version],
      )) === 1,
    async removeDocumentsOf(userId) {
      await change(`DELETE FROM ${schema}.document WHERE user_id = $1`, userId);
    },
    async removeOrphans() {
      let removed = 0;
      for (const table of ['api_key', 'document']) {
        removed += await change(
          `DELETE FROM ${schema}.${table} AS held
           WHERE NOT EXISTS (SELECT FROM ${schema}.account WHERE account.id = held.user_id)`,
        );
      }
      return removed;
    },
  };
}

const headOf = (record: Record<string, unknown>): DocumentHead =>
  ({ name: record.name, version: record.version, updatedAt: record.updated_at }) as DocumentHead;

const documentOf = (record: Record<string, unknown>): StoredDocument =>
  ({
    userId: record.user_id,
    kind: record.kind,
    ...headOf(record),
    json: record.json,
  }) as StoredDocument;

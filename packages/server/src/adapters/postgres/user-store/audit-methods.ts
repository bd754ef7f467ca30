import {
  type AuditMark,
  type AuditRecord,
  type AuditStore,
  TRAIL_BEGIN,
} from '../../../ports/stores/audit/audit-store.ts';
import type { PostgresConnection } from '../database/connect.ts';
import { createChange } from './change.ts';

/**
 * The trail of security events. Each change is one statement, which waits for the row of its mark and then looks at
 * its condition once more: that gives writers at the same time one order.
 */
export function createAuditMethods(connection: PostgresConnection): AuditStore {
  const { schema, run } = connection;
  const change = createChange(connection);
  const events = (text: string, values: readonly unknown[]) =>
    run(async (session) => {
      const { rows } = await session.query(`SELECT * FROM ${schema}.audit_event ${text}`, [...values]);
      return rows.map(recordOf);
    });
  return {
    auditMarks: () =>
      run(async (session) => {
        const { rows } = await session.query(`SELECT * FROM ${schema}.audit_mark`);
        const mark = (name: string) => markOf(rows.find((row) => row.name === name));
        const head = mark('head');
        return { anchor: mark('anchor'), head, newest: head ?? TRAIL_BEGIN };
      }),
    appendAudit: async (records, { seq, hash, mac }) =>
      records.length === 0
        ? 0
        : change(
            `WITH moved AS (
               UPDATE ${schema}.audit_mark SET seq = $1, hash = $2, mac = $3
               WHERE name = 'head' AND seq = $4 RETURNING 1)
             INSERT INTO ${schema}.audit_event
             SELECT given.* FROM moved, unnest(
               $5::bigint[], $6::integer[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[]) AS given`,
            ...[seq, hash, mac, records[0].seq - 1],
            ...COLUMNS.map((column) => records.map((record) => record[column])),
          ),
    auditFrom: (seq, limit) => events('WHERE seq >= $1 ORDER BY seq LIMIT $2', [seq, limit]),
    auditBefore: (seq, limit) =>
      events('WHERE seq < $1 ORDER BY seq DESC LIMIT $2', [seq ?? Number.MAX_SAFE_INTEGER, limit]),
    async removeAuditThrough({ seq, hash, mac }) {
      await change(
        `WITH moved AS (
           UPDATE ${schema}.audit_mark SET seq = $1, hash = $2, mac = $3
           WHERE name = 'anchor' AND seq < $1 RETURNING 1)
         DELETE FROM ${schema}.audit_event WHERE seq <= $1 AND EXISTS (SELECT FROM moved)`,
        ...[seq, hash, mac],
      );
    },
  };
}

/** In the order of the table. */
const COLUMNS = ['seq', 'version', 'at', 'event', 'details', 'hash', 'mac'] as const;

const markOf = (row: Record<string, unknown> | undefined): AuditMark | null =>
  row === undefined || row.seq === 0 ? null : ({ seq: row.seq, hash: row.hash, mac: row.mac } as AuditMark);

const recordOf = (row: Record<string, unknown>): AuditRecord =>
  Object.fromEntries(COLUMNS.map((column) => [column, row[column]])) as unknown as AuditRecord;

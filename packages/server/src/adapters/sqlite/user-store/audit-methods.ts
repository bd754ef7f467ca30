import type { DatabaseSync } from 'node:sqlite';
import {
  type AuditMark,
  type AuditRecord,
  type AuditStore,
  TRAIL_BEGIN,
} from '../../../ports/stores/audit/audit-store.ts';
import { inTransaction } from '../transaction.ts';
import type { Row } from './rows.ts';

/** The trail of security events; the row of its head is what writers at the same time compete for. */
export function createAuditMethods(database: DatabaseSync, attempt: <T>(work: () => T) => T): AuditStore {
  const sql = {
    marks: database.prepare('SELECT * FROM audit_mark'),
    moveHead: database.prepare(
      "UPDATE audit_mark SET seq = ?, hash = ?, mac = ? WHERE name = 'head' AND seq = ?",
    ),
    insert: database.prepare('INSERT INTO audit_event VALUES (?, ?, ?, ?, ?, ?, ?)'),
    from: database.prepare('SELECT * FROM audit_event WHERE seq >= ? ORDER BY seq LIMIT ?'),
    before: database.prepare('SELECT * FROM audit_event WHERE seq < ? ORDER BY seq DESC LIMIT ?'),
    moveAnchor: database.prepare(
      "UPDATE audit_mark SET seq = ?1, hash = ?2, mac = ?3 WHERE name = 'anchor' AND seq < ?1",
    ),
    removeThrough: database.prepare('DELETE FROM audit_event WHERE seq <= ?'),
  };
  const together = <T>(work: () => T): T => attempt(() => inTransaction(database, work));
  return {
    async auditMarks() {
      const rows = attempt(() => sql.marks.all());
      const mark = (name: string) => markOf(rows.find((row) => row.name === name));
      const head = mark('head');
      return { anchor: mark('anchor'), head, newest: head ?? TRAIL_BEGIN };
    },
    appendAudit: async (records, head) =>
      together(() => {
        if (records.length === 0) return 0;
        const { changes } = sql.moveHead.run(head.seq, head.hash, head.mac, records[0].seq - 1);
        if (changes !== 1) return 0;
        for (const { seq, version, at, event, details, hash, mac } of records) {
          sql.insert.run(seq, version, at, event, details, hash, mac);
        }
        return records.length;
      }),
    auditFrom: async (seq, limit) => attempt(() => sql.from.all(seq, limit)).map(recordOf),
    auditBefore: async (seq, limit) =>
      attempt(() => sql.before.all(seq ?? Number.MAX_SAFE_INTEGER, limit)).map(recordOf),
    async removeAuditThrough({ seq, hash, mac }) {
      together(() => {
        if (sql.moveAnchor.run(seq, hash, mac).changes === 1) sql.removeThrough.run(seq);
      });
    },
  };
}

const markOf = (row: Row | undefined): AuditMark | null =>
  row === undefined || row.seq === 0
    ? null
    : { seq: row.seq as number, hash: row.hash as string, mac: row.mac as string };

const recordOf = (row: Row): AuditRecord => ({
  seq: row.seq as number,
  version: row.version as number,
  at: row.at as number,
  event: row.event as string,
  details: row.details as string,
  hash: row.hash as string,
  mac: row.mac as string,
});

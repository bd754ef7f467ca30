import { MongoBulkWriteError } from 'mongodb';
import {
  type AuditMark,
  type AuditMarks,
  type AuditRecord,
  type AuditStore,
  TRAIL_BEGIN,
} from '../../../ports/stores/audit/audit-store.ts';
import { isDuplicateKey, type MongoConnection, retryTakenKeys } from '../connect.ts';
import { auditEvents, auditMarks } from './collections.ts';
import type { AuditEventDocument, AuditMarkDocument } from './documents.ts';

/**
 * The trail of security events. Its order is that of `_id`, which one writer can take. Events are inserted before the
 * head is moved, and the anchor is moved before events are removed: what a crash leaves open is seen as such, and the
 * next change completes it.
 */
export function createAuditMethods({ run, update }: MongoConnection): AuditStore {
  const markIs = (name: AuditMarkDocument['_id'], { seq, hash, mac }: AuditMark) =>
    update(async (db) => {
      try {
        await retryTakenKeys(() =>
          auditMarks(db).updateOne(
            { _id: name, seq: { $lt: seq } },
            { $set: { seq, hash, mac } },
            { upsert: true },
          ),
        );
      } catch (error) {
        // The mark is there, and not earlier than this one.
        if (!isDuplicateKey(error)) throw error;
      }
    });
  const marks = () =>
    run(async (db): Promise<AuditMarks> => {
      const found = await auditMarks(db).find().toArray();
      const mark = (name: AuditMarkDocument['_id']) => markOf(found.find(({ _id }) => _id === name));
      const head = mark('head');
      const [last] = (await auditEvents(db).find().sort({ _id: -1 }).limit(1).toArray()).map(recordOf);
      const newest = last !== undefined && last.seq > (head?.seq ?? 0) ? last : (head ?? TRAIL_BEGIN);
      return { anchor: mark('anchor'), head, newest: { seq: newest.seq, hash: newest.hash } };
    });
  return {
    auditMarks: marks,
    async appendAudit(records, head) {
      if (records.length === 0 || (await marks()).newest.seq !== records[0].seq - 1) return 0;
      const appended = await run(async (db) => {
        try {
          return (await auditEvents(db).insertMany(records.map(documentOf), { ordered: true })).insertedCount;
        } catch (error) {
          if (!(error instanceof MongoBulkWriteError) || !isDuplicateKey(error)) throw error;
          return error.insertedCount;
        }
      });
      if (appended === records.length) await markIs('head', head);
      return appended;
    },
    auditFrom: (seq, limit) =>
      run(async (db) => {
        const found = auditEvents(db)
          .find({ _id: { $gte: seq } })
          .sort({ _id: 1 })
          .limit(limit);
        return (await found.toArray()).map(recordOf);
      }),
    auditBefore: (seq, limit) =>
      run(async (db) => {
        const found = auditEvents(db).find(seq === null ? {} : { _id: { $lt: seq } });
        return (await found.sort({ _id: -1 }).limit(limit).toArray()).map(recordOf);
      }),
    async removeAuditThrough(anchor) {
      await markIs('anchor', anchor);
      await update(async (db) => {
        // Up to where the anchor is now: also what a removal that was cut off left.
        const held = await auditMarks(db).findOne({ _id: 'anchor' });
        if (held !== null) await auditEvents(db).deleteMany({ _id: { $lte: held.seq } });
      });
    },
  };
}

const markOf = (document: AuditMarkDocument | undefined): AuditMark | null =>
  document === undefined ? null : { seq: document.seq, hash: document.hash, mac: document.mac };

const documentOf = ({ seq, ...record }: AuditRecord): AuditEventDocument => ({ _id: seq, ...record });

const recordOf = ({ _id, version, at, event, details, hash, mac }: AuditEventDocument): AuditRecord => ({
  ...{ seq: _id, version, at, event, details, hash, mac },
});

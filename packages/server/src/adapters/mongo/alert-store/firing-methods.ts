import type { StoredFiring } from '../../../ports/stores/alerts/alert-records.ts';
import type { FiringMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { type Row, toFiring } from '../../alerts/rows.ts';
import type { MongoConnection } from '../connect.ts';
import { type FiringDocument, firings } from './collections.ts';

export function createFiringMethods({ run, update }: MongoConnection): FiringMethods {
  return {
    unpublished: (limit) =>
      run(async (db) => {
        const found = firings(db).find({ is_published: false }).sort(OLDEST_FIRST);
        return (await found.limit(limit).toArray()).map(firingOf);
      }),
    published: (ids) =>
      update(async (db) => {
        await firings(db).updateMany({ _id: { $in: [...ids] } }, { $set: { is_published: true } });
      }),
    firings: ({ owner, ruleId, product, fromMs, toMs, before, limit }) =>
      run(async (db) => {
        const found = firings(db).find({
          owner,
          at: { $gte: fromMs, $lt: toMs },
          ...(ruleId !== undefined && { rule_id: ruleId }),
          ...(product !== undefined && { product }),
          ...(before !== undefined && { seq: { $lt: before } }),
        });
        return (await found.sort({ seq: -1 }).limit(limit).toArray()).map(firingOf);
      }),
  };
}

/** In the order of their numbers, of one owner; of several as they were kept. */
export const OLDEST_FIRST = { kept_at: 1, owner: 1, seq: 1 } as const;

export const firingOf = (document: FiringDocument): StoredFiring => toFiring(document as unknown as Row);

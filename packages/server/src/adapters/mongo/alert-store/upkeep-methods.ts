import type { Db, Filter } from 'mongodb';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { SUSPENDED, suspendedName, toSuspended } from '../../alerts/suspended-owners.ts';
import { isDuplicateKey, type MongoConnection, retryTakenKeys } from '../connect.ts';
import {
  attempts,
  changes,
  channels,
  deliveries,
  type FiringDocument,
  firings,
  type KeptDocument,
  kept,
  LATEST,
  messages,
  owners,
  rules,
} from './collections.ts';
import { removeRuleOf } from './rule-changes.ts';

/** Ids of one command: some hundred KB of it. */
const IDS_AT_ONCE = 5_000;

/** What concerns more than one part. */
export function createUpkeepMethods({
  update,
}: MongoConnection): Pick<
  AlertStore,
  'keep' | 'removeOwner' | 'ownersAfter' | 'suspendOwner' | 'suspendedOwners' | 'removeBefore'
> {
  return {
    keep: (name, text) =>
      update(async (db) => {
        try {
          await kept(db).insertOne({ _id: name, text });
          return text;
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
          return ((await kept(db).findOne({ _id: name }, LATEST)) as KeptDocument).text;
        }
      }),
    removeOwner: (owner, nowMs) =>
      update(async (db) => {
        for (const { _id } of await rules(db)
          .find({ owner }, { projection: { _id: 1 } })
          .toArray()) {
          await removeRuleOf(db, owner, _id, nowMs);
        }
        for (const { _id } of await channels(db).find({ owner }).toArray()) {
          await messages(db).deleteMany({ channel_id: _id });
          await deliveries(db).deleteMany({ channel_id: _id });
        }
        await channels(db).deleteMany({ owner });
        await firings(db).deleteMany({ owner });
        await attempts(db).deleteMany({ owner });
        await owners(db).deleteOne({ _id: owner });
        await kept(db).deleteOne({ _id: suspendedName(owner) });
      }),
    ownersAfter: (owner, limit) =>
      update(async (db) => {
        const later = { owner: { $gt: owner } };
        const found = new Set<string>([
          ...((await rules(db).distinct('owner', later)) as string[]),
          ...(await channels(db).distinct('owner', later)),
        ]);
        return [...found].sort().slice(0, limit);
      }),
    suspendOwner: (owner, sinceMs) =>
      update(async (db) => {
        const _id = suspendedName(owner);
        if (sinceMs === null) {
          await kept(db).deleteOne({ _id });
          return;
        }
        try {
          await kept(db).insertOne({ _id, text: String(sinceMs) });
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
        }
      }),
    suspendedOwners: () =>
      update(async (db) => {
        const found = await kept(db)
          .find({ _id: { $gt: SUSPENDED } })
          .toArray();
        return found
          .filter(({ _id }) => _id.startsWith(SUSPENDED))
          .map(({ _id, text }) => toSuspended(_id, text));
      }),
    removeBefore: (ms, most) =>
      update(async (db) => {
        let removed = await removeFirings(db, { kept_at: { $lt: ms } });
        for (const owner of await firings(db).distinct('owner')) {
          const newest = await firings(db).findOne({ owner }, { sort: { seq: -1 }, projection: { seq: 1 } });
          removed += await removeFirings(db, { owner, seq: { $lte: (newest?.seq ?? 0) - most } });
        }
        await removeEmptyMessages(db);
        const { deletedCount } = await attempts(db).deleteMany({ at: { $lt: ms } });
        await removeRemovals(db, ms);
        return removed + deletedCount;
      }),
  };
}

/** The numbers of each owner are noted first, so that they go on where all its firings are gone. */
async function removeFirings(db: Db, which: Filter<FiringDocument>): Promise<number> {
  let removed = 0;
  for (;;) {
    const old = await firings(db)
      .find(which, { projection: { owner: 1, seq: 1 } })
      .limit(IDS_AT_ONCE)
      .toArray();
    if (old.length === 0) break;
    const highest = new Map<string, number>();
    for (const { owner, seq } of old) highest.set(owner, Math.max(seq, highest.get(owner) ?? 0));
    for (const [owner, seq] of highest) {
      await retryTakenKeys(() => owners(db).updateOne({ _id: owner }, { $max: { seq } }, { upsert: true }));
    }
    const ids = old.map(({ _id }) => _id);
    await deliveries(db).deleteMany({ firing_id: { $in: ids } });
    removed += (await firings(db).deleteMany({ _id: { $in: ids } })).deletedCount;
  }
  return removed;
}

async function removeEmptyMessages(db: Db): Promise<void> {
  for await (const { _id, firing_ids } of messages(db).find()) {
    const left = await firings(db).findOne({ _id: { $in: [...firing_ids] } }, { projection: { _id: 1 } });
    if (left === null) await messages(db).deleteOne({ _id });
  }
}

/** The newest change stays, as the next one is numbered by it. */
async function removeRemovals(db: Db, ms: number): Promise<void> {
  const newest = await changes(db).findOne({}, { sort: { _id: -1 }, ...LATEST });
  const old = await rules(db)
    .find({ removed_at: { $lt: ms }, unannounced: { $exists: false } }, { projection: { _id: 1 } })
    .toArray();
  for (const { _id } of old) {
    await changes(db).deleteMany({ rule_id: _id, _id: { $lt: newest?._id ?? 0 } });
    if ((await changes(db).findOne({ rule_id: _id }, LATEST)) === null) await rules(db).deleteOne({ _id });
  }
}

import type { Db } from 'mongodb';
import type {
  EvaluatedPosition,
  EvaluationBatch,
  EvaluationMethods,
  Lease,
  Remembered,
  StoredFiring,
} from '../../../ports/stores/alert-store.ts';
import { isDuplicateKey, type MongoConnection } from '../connect.ts';
import { applyBatch } from './apply-batch.ts';
import { type LeaseDocument, leases, memories, positions, products, rules } from './collections.ts';

/**
 * Partitions, and what their holders commit. A batch is put into the document of the lease by one command, whose condition
 * is that the lease is still held: from then on it is committed. What is in it is then brought to where it belongs, which may
 * be done again; a batch that a crash left there is completed by whoever has the partition next.
 */
export function createEvaluationMethods({ update }: MongoConnection): EvaluationMethods {
  return {
    lease: (partition, holder, nowMs, forMs) =>
      update(async (db) => {
        const untilMs = nowMs + forMs;
        const lease = (token: number): Lease => ({ partition, holder, token, untilMs });
        const found = await leases(db).findOne({ _id: partition });
        if (found === null) {
          try {
            const none = { commit: 0, batch: null };
            await leases(db).insertOne({ _id: partition, holder, token: 1, until: untilMs, ...none });
            return lease(1);
          } catch (error) {
            if (isDuplicateKey(error)) return null;
            throw error;
          }
        }
        const { token } = found;
        const isOwn = found.holder === holder;
        if (!isOwn && found.until > nowMs) return null;
        const next = token + (isOwn ? 0 : 1);
        const { matchedCount } = await leases(db).updateOne(
          { _id: partition, token, holder: found.holder, until: found.until },
          { $set: { holder, token: next, until: untilMs } },
        );
        return matchedCount === 1 ? lease(next) : null;
      }),
    release: ({ partition, holder, token }) =>
      update(async (db) => {
        await leases(db).updateOne({ _id: partition, holder, token }, { $set: { holder: '', until: 0 } });
      }),
    leases: (nowMs) =>
      update(async (db) => {
        const held = await leases(db)
          .find({ until: { $gt: nowMs } })
          .sort({ _id: 1 })
          .toArray();
        return held.map(({ _id, holder, token, until }) => ({
          partition: _id,
          holder,
          token,
          untilMs: until,
        }));
      }),
    remembered: (partition) =>
      update(async (db) => {
        const held = await leases(db).findOne({ _id: partition });
        if (held !== null) await complete(db, held);
        return rememberedOf(db, partition);
      }),
    commit: (lease, batch) =>
      update(async (db) => {
        const own = { _id: lease.partition, holder: lease.holder, token: lease.token };
        for (;;) {
          const held = await leases(db).findOne(own);
          if (held === null) return null;
          await complete(db, held);
          const commit = held.commit + 1;
          const { matchedCount } = await leases(db).updateOne(
            { ...own, commit: held.commit },
            { $set: { commit, batch: JSON.stringify(batch) } },
          );
          // The lease passed on, or the same holder committed meanwhile.
          if (matchedCount !== 1) continue;
          return { firings: await bring(db, lease.partition, commit, batch) };
        }
      }),
  };
}

/** Brings what a crash left to where it belongs. */
async function complete(db: Db, { _id, commit, batch }: LeaseDocument): Promise<void> {
  if (batch !== null) await bring(db, _id, commit, JSON.parse(batch) as EvaluationBatch);
}

async function bring(
  db: Db,
  partition: number,
  commit: number,
  batch: EvaluationBatch,
): Promise<readonly StoredFiring[]> {
  const fresh = await applyBatch(db, partition, commit, batch);
  await leases(db).updateOne({ _id: partition, commit }, { $set: { batch: null } });
  return fresh;
}

/** What rules of another version remember is removed. */
async function rememberedOf(db: Db, partition: number): Promise<Remembered> {
  const held = await memories(db).find({ partition }).toArray();
  const ids = [...new Set(held.map(({ rule_id }) => rule_id))];
  const stored = await rules(db)
    .find({ _id: { $in: ids } }, { projection: { version: 1 } })
    .toArray();
  const versions = new Map(stored.map(({ _id, version }) => [_id, version]));
  const isCurrent = (memory: (typeof held)[number]) => versions.get(memory.rule_id) === memory.rule_version;
  const outdated = held.filter((memory) => !isCurrent(memory)).map(({ _id }) => _id);
  if (outdated.length > 0) await memories(db).deleteMany({ _id: { $in: outdated } });
  const topics = await positions(db).find({ partition }).toArray();
  const evaluated = await products(db).find({ partition }).toArray();
  return {
    positions: Object.fromEntries(topics.map(({ value }) => JSON.parse(value) as [string, string])),
    products: evaluated.map(({ value }) => JSON.parse(value) as EvaluatedPosition),
    memories: held
      .filter((memory) => isCurrent(memory) && memory.value !== '')
      .map(({ rule_id, rule_version, value }) => ({
        ruleId: rule_id,
        ruleVersion: rule_version,
        ...(JSON.parse(value) as { product: string; expiry: string; state: string }),
      })),
  };
}

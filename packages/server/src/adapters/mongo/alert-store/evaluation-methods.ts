import type { Db } from 'mongodb';
import type {
  EvaluatedPosition,
  EvaluationBatch,
  Lease,
  Remembered,
  StoredFiring,
} from '../../../ports/stores/alerts/alert-records.ts';
import type { EvaluationMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { isDuplicateKey, type MongoConnection } from '../connect.ts';
import { applyBatch } from './apply-batch.ts';
import { type LeaseDocument, leases, memories, products, rules } from './collections.ts';

/**
 * Partitions, and what their holders commit. A batch is put into the document of the lease by one command, whose condition
 * is that the lease is still held: from then on it is committed. What is in it is then brought to where it belongs, which may
 * be done again; a batch that a crash left there is completed by whoever has the partition next.
 */
export function createEvaluationMethods({ update }: MongoConnection): EvaluationMethods {
  /** By partition, the last commit of this process, which is where it belongs: the next one need not look for it. */
  const brought = new Map<number, number>();

  /** The commit before the next one, which is brought to where it belongs; null where the lease passed on. */
  async function before(db: Db, lease: Lease): Promise<number | null> {
    const known = brought.get(lease.partition);
    brought.delete(lease.partition);
    if (known !== undefined) return known;
    const held = await leases(db).findOne(own(lease));
    if (held === null) return null;
    await complete(db, held);
    return held.commit;
  }

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
    renew: (given, untilMs) =>
      update(async (db) => {
        const { matchedCount } = await leases(db).updateMany(
          { $or: given.map(own) },
          { $set: { until: untilMs } },
        );
        return matchedCount === given.length;
      }),
    release: (lease) =>
      update(async (db) => {
        await leases(db).updateOne(own(lease), { $set: { holder: '', until: 0 } });
      }),
    leases: (nowMs) =>
      update(async (db) => {
        const held = await leases(db)
          .find({ until: { $gt: nowMs } }, { projection: { batch: 0 } })
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
        return { positions: held?.positions ?? {}, ...(await rememberedOf(db, partition)) };
      }),
    commit: (lease, { positions, ...batch }) =>
      update(async (db) => {
        const { partition } = lease;
        for (;;) {
          const last = await before(db, lease);
          if (last === null) return null;
          const commit = last + 1;
          const { matchedCount } = await leases(db).updateOne(
            { ...own(lease), commit: last },
            { $set: { commit, batch: JSON.stringify(batch), ...positionFields(positions) } },
          );
          // The lease passed on, or the same holder committed meanwhile.
          if (matchedCount !== 1) continue;
          const firings = await bring(db, partition, commit, batch);
          brought.set(partition, commit);
          return { firings };
        }
      }),
    keepPositions: (kept) =>
      update(async (db) => {
        const { matchedCount } = await leases(db).bulkWrite(
          kept.map(({ lease, positions }) => ({
            updateOne: { filter: own(lease), update: { $set: positionFields(positions) } },
          })),
          { ordered: false },
        );
        return matchedCount === kept.length;
      }),
  };
}

type StoredBatch = Omit<EvaluationBatch, 'positions'>;

const own = ({ partition, holder, token }: Lease) => ({ _id: partition, holder, token });

/** Names of topics have no dots, which would be those of a path. */
const positionFields = (positions: EvaluationBatch['positions']) =>
  Object.fromEntries(
    Object.entries(positions).map(([topic, position]) => [`positions.${topic}`, position] as const),
  );

/** Brings what a crash left to where it belongs. */
async function complete(db: Db, { _id, commit, batch }: LeaseDocument): Promise<void> {
  if (batch !== null) await bring(db, _id, commit, JSON.parse(batch) as StoredBatch);
}

/** One without firings stays until the next: brought again it changes nothing, and to remove it would be a command more. */
async function bring(
  db: Db,
  partition: number,
  commit: number,
  batch: StoredBatch,
): Promise<readonly StoredFiring[]> {
  const fresh = await applyBatch(db, partition, commit, batch);
  if (batch.firings.length > 0)
    await leases(db).updateOne({ _id: partition, commit }, { $set: { batch: null } });
  return fresh;
}

/** What rules of another version remember is removed. */
async function rememberedOf(db: Db, partition: number): Promise<Omit<Remembered, 'positions'>> {
  const held = await memories(db).find({ partition }).toArray();
  const ids = [...new Set(held.map(({ rule_id }) => rule_id))];
  const stored = await rules(db)
    .find({ _id: { $in: ids } }, { projection: { version: 1 } })
    .toArray();
  const versions = new Map(stored.map(({ _id, version }) => [_id, version]));
  const isCurrent = (memory: (typeof held)[number]) => versions.get(memory.rule_id) === memory.rule_version;
  const outdated = held.filter((memory) => !isCurrent(memory)).map(({ _id }) => _id);
  if (outdated.length > 0) await memories(db).deleteMany({ _id: { $in: outdated } });
  const evaluated = await products(db).find({ partition }).toArray();
  return {
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

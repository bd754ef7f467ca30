import {
  type AnyBulkWriteOperation,
  type Collection,
  type Db,
  MongoBulkWriteError,
  type OptionalUnlessRequiredId,
} from 'mongodb';
import type { EvaluationBatch, NewFiring, StoredFiring } from '../../../ports/stores/alert-store.ts';
import { DUPLICATE_KEY, isDuplicateKey } from '../connect.ts';
import {
  firings,
  LATEST,
  memories,
  owners,
  positions,
  products,
  type RememberedDocument,
  rules,
} from './collections.ts';
import { announce, unannounced } from './rule-changes.ts';

/**
 * Brings a committed batch to where it belongs; done again it changes nothing. Resolves with the firings that were not
 * kept before.
 */
export async function applyBatch(
  db: Db,
  partition: number,
  commit: number,
  batch: EvaluationBatch,
): Promise<StoredFiring[]> {
  await putEach(positions(db), commit, Object.entries(batch.positions), ([topic, position]) => ({
    _id: `${partition} ${topic}`,
    ...{ partition, value: JSON.stringify([topic, position]) },
  }));
  await putEach(products(db), commit, batch.products, (each) => ({
    _id: `${partition} ${each.product}`,
    ...{ partition, value: JSON.stringify(each) },
  }));
  // A state that is forgotten stays as an empty one, so that an earlier commit does not bring it back.
  await putEach(memories(db), commit, batch.memories, ({ ruleId, ruleVersion, product, expiry, state }) => ({
    _id: JSON.stringify([partition, ruleId, product, expiry]),
    ...{ partition, rule_id: ruleId, rule_version: ruleVersion },
    value: state === '' ? '' : JSON.stringify({ product, expiry, state }),
  }));
  return keepFirings(db, partition, commit, batch);
}

/**
 * Puts values of a commit, where there is none of it or of a later one. Most are there already; the others are inserted, and
 * what another process inserted meanwhile is looked at once more.
 */
async function putEach<D extends RememberedDocument, T>(
  collection: Collection<D>,
  commit: number,
  values: readonly T[],
  documentOf: (value: T) => Omit<D, 'commit'>,
): Promise<void> {
  if (values.length === 0) return;
  const documents = values.map((value) => ({ ...documentOf(value), commit }) as unknown as D);
  const replace = async () => {
    const operations = documents.map(({ _id, ...set }) => ({
      updateOne: { filter: { _id, commit: { $lt: commit } }, update: { $set: set } },
    }));
    const done = await collection.bulkWrite(operations as unknown as AnyBulkWriteOperation<D>[], {
      ordered: false,
    });
    return done.matchedCount;
  };
  if ((await replace()) === documents.length) return;
  try {
    await collection.insertMany(documents as OptionalUnlessRequiredId<D>[], { ordered: false });
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failed = [error.writeErrors].flat();
    if (failed.length === 0 || failed.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
    await replace();
  }
}

async function keepFirings(
  db: Db,
  partition: number,
  commit: number,
  { firings: given, atMs }: EvaluationBatch,
): Promise<StoredFiring[]> {
  if (given.length === 0) return [];
  const ids = given.map(({ id }) => id);
  const found = await firings(db)
    .find({ _id: { $in: ids } }, { projection: { _id: 1 }, ...LATEST })
    .toArray();
  const isKept = new Set(found.map(({ _id }) => _id));
  // Of a rule that was put meanwhile there are firings of two versions, of which one is stored.
  const byRule = new Map<string, NewFiring[]>();
  for (const firing of given) {
    if (isKept.has(firing.id)) continue;
    isKept.add(firing.id);
    const key = `${firing.ruleId} ${firing.ruleVersion}`;
    byRule.set(key, [...(byRule.get(key) ?? []), firing]);
  }
  const counted = new Set<NewFiring>();
  for (const own of byRule.values()) {
    for (const firing of await countOf(db, own, partition, commit)) counted.add(firing);
  }
  const kept: StoredFiring[] = [];
  for (const firing of given) {
    const stored = counted.delete(firing) ? await insert(db, firing, atMs) : null;
    if (stored !== null) kept.push(stored);
  }
  return kept;
}

/**
 * Counts the firings of one version of a rule, where that is stored and armed, once for a commit. Resolves with those that
 * are to be kept: of a `once` rule the one that ended it.
 */
async function countOf(
  db: Db,
  given: readonly NewFiring[],
  partition: number,
  commit: number,
): Promise<readonly NewFiring[]> {
  const [{ ruleId, ruleVersion, once }] = given;
  const own = once ? given.slice(0, 1) : given;
  const place = `counted.p${partition}`;
  const isNew = { $or: [{ [place]: { $exists: false } }, { [place]: { $lt: commit } }] };
  const token = unannounced();
  const ended = once ? { status: 'fired', fired_by: own[0].id, ...token } : {};
  const { matchedCount } = await rules(db).updateOne(
    { _id: ruleId, version: ruleVersion, status: 'armed', ...isNew },
    {
      $inc: { firings: own.length },
      $max: { last_fired_at: Math.max(...own.map(({ at }) => at)) },
      $set: { [place]: commit, ...ended },
    },
  );
  if (matchedCount === 1) {
    if (once) await announce(db, ruleId, token.unannounced);
    return own;
  }
  // This commit may have counted them before it was cut off.
  const rule = await rules(db).findOne({ _id: ruleId, version: ruleVersion }, LATEST);
  if (rule?.counted?.[`p${partition}`] !== commit) return [];
  return once ? given.filter(({ id }) => id === rule.fired_by) : own;
}

/** Keeps a firing under the next number of its owner; null where it is kept. */
async function insert(db: Db, firing: NewFiring, keptAt: number): Promise<StoredFiring | null> {
  const { id, owner, ruleId, product, at, digestUntil, muted, channels } = firing;
  for (;;) {
    const newest = await firings(db).findOne(
      { owner },
      { sort: { seq: -1 }, projection: { seq: 1 }, ...LATEST },
    );
    const removed = await owners(db).findOne({ _id: owner }, LATEST);
    const seq = Math.max(newest?.seq ?? 0, removed?.seq ?? 0) + 1;
    try {
      await firings(db).insertOne({
        _id: id,
        ...{ owner, seq, product, at },
        rule_id: ruleId,
        kept_at: keptAt,
        digest_until: digestUntil,
        is_published: false,
        waits: !muted && channels.length > 0,
        firing: JSON.stringify(firing),
      });
      return { ...firing, seq, keptAt };
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Which key was taken is not in every server's answer.
      if ((await firings(db).findOne({ _id: id }, LATEST)) !== null) return null;
    }
  }
}

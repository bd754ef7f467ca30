import {
  type AnyBulkWriteOperation,
  type Collection,
  type Db,
  MongoBulkWriteError,
  type OptionalUnlessRequiredId,
} from 'mongodb';
import type { EvaluationBatch, NewFiring, StoredFiring } from '../../../ports/stores/alerts/alert-records.ts';
import { DUPLICATE_KEY } from '../connect.ts';
import {
  type FiringDocument,
  firings,
  LATEST,
  memories,
  owners,
  products,
  type RememberedDocument,
  type RuleDocument,
  rules,
} from './collections.ts';
import { announce, type ChangedRule, insertInOrder, unannounced } from './rule-changes.ts';

/**
 * Brings a committed batch to where it belongs; done again it changes nothing. Resolves with the firings that were not
 * kept before.
 */
export async function applyBatch(
  db: Db,
  partition: number,
  commit: number,
  batch: Omit<EvaluationBatch, 'positions'>,
): Promise<StoredFiring[]> {
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
  { firings: given, atMs }: Pick<EvaluationBatch, 'firings' | 'atMs'>,
): Promise<StoredFiring[]> {
  if (given.length === 0) return [];
  const found = await firings(db)
    .find({ _id: { $in: given.map(({ id }) => id) } }, { projection: { _id: 1 }, ...LATEST })
    .toArray();
  const isKept = new Set(found.map(({ _id }) => _id));
  const stored = await rules(db)
    .find({ _id: { $in: [...new Set(given.map(({ ruleId }) => ruleId))] } }, LATEST)
    .toArray();
  const ruleOf = new Map(stored.map((rule) => [rule._id, rule]));
  const byRule = new Map<string, NewFiring[]>();
  for (const firing of given) {
    if (isKept.has(firing.id) || ruleOf.get(firing.ruleId)?.version !== firing.ruleVersion) continue;
    isKept.add(firing.id);
    byRule.set(firing.ruleId, [...(byRule.get(firing.ruleId) ?? []), firing]);
  }
  const counted = new Set<NewFiring>();
  const ended: ChangedRule[] = [];
  for (const [id, own] of byRule) {
    const result = await countOf(db, ruleOf.get(id) as RuleDocument, own, partition, commit);
    for (const firing of result.counted) counted.add(firing);
    if (result.token !== null) ended.push({ id, token: result.token });
  }
  await announce(db, ended);
  return insertAll(
    db,
    given.filter((firing) => counted.delete(firing)),
    atMs,
  );
}

interface Counted {
  readonly counted: readonly NewFiring[];
  /** Of the change of a rule that ended, which is to be announced. */
  readonly token: string | null;
}

/**
 * Counts the firings of a rule while it is armed and of their version, once for a commit. Resolves with those that are to be
 * kept: of a `once` rule the one that ended it.
 */
async function countOf(
  db: Db,
  { _id, version, status, counted = {} }: RuleDocument,
  given: readonly NewFiring[],
  partition: number,
  commit: number,
): Promise<Counted> {
  const none = { counted: [], token: null };
  const place = `p${partition}`;
  const [{ once }] = given;
  const own = once ? given.slice(0, 1) : given;
  if (status !== 'armed' && counted[place] !== commit) return none;
  if (counted[place] !== commit) {
    const key = `counted.${place}`;
    const { unannounced: token } = unannounced();
    const { matchedCount } = await rules(db).updateOne(
      {
        ...{ _id, version, status },
        $or: [{ [key]: { $exists: false } }, { [key]: { $lt: commit } }],
      },
      {
        $inc: { firings: own.length },
        $max: { last_fired_at: Math.max(...own.map(({ at }) => at)) },
        $set: { [key]: commit, ...(once && { status: 'fired', fired_by: own[0].id, unannounced: token }) },
      },
    );
    if (matchedCount === 1) return { counted: own, token: once ? token : null };
  }
  // This commit may have counted them before it was cut off.
  const rule = await rules(db).findOne({ _id, version }, LATEST);
  if (rule?.counted?.[place] !== commit) return none;
  return { counted: once ? given.filter(({ id }) => id === rule.fired_by) : own, token: null };
}

/** Keeps firings under the next numbers of their owners; resolves with those that were not kept before. */
async function insertAll(db: Db, given: readonly NewFiring[], keptAt: number): Promise<StoredFiring[]> {
  const kept = new Map<NewFiring, StoredFiring>();
  for (const owner of new Set(given.map((firing) => firing.owner))) {
    for (let left = given.filter((firing) => firing.owner === owner); left.length > 0; ) {
      const first = (await highestOf(db, owner)) + 1;
      const numbered = left.map((firing, i): StoredFiring => ({ ...firing, seq: first + i, keptAt }));
      const inserted = await insertInOrder(firings(db), numbered.map(firingDocument));
      for (const [i, firing] of left.slice(0, inserted).entries()) kept.set(firing, numbered[i]);
      left = left.slice(inserted);
      // Which key was taken, the number or the firing's own, is not in every server's answer.
      const [taken] = left;
      if (taken !== undefined && (await firings(db).findOne({ _id: taken.id }, LATEST)) !== null) {
        left = left.slice(1);
      }
    }
  }
  return given.flatMap((firing) => kept.get(firing) ?? []);
}

async function highestOf(db: Db, owner: string): Promise<number> {
  const newest = await firings(db).findOne(
    { owner },
    { sort: { seq: -1 }, projection: { seq: 1 }, ...LATEST },
  );
  const removed = await owners(db).findOne({ _id: owner }, LATEST);
  return Math.max(newest?.seq ?? 0, removed?.seq ?? 0);
}

function firingDocument({ seq, keptAt, ...firing }: StoredFiring): FiringDocument {
  const { id, owner, ruleId, product, at, digestUntil, muted, channels } = firing;
  return {
    _id: id,
    ...{ owner, seq, product, at },
    rule_id: ruleId,
    kept_at: keptAt,
    digest_until: digestUntil,
    is_published: false,
    waits: !muted && channels.length > 0,
    firing: JSON.stringify(firing),
  };
}

import { randomUUID } from 'node:crypto';
import {
  type Collection,
  type Db,
  type Document,
  MongoBulkWriteError,
  type OptionalUnlessRequiredId,
} from 'mongodb';
import type { AlertRule } from '../../../ports/stores/alerts/alert-records.ts';
import { isDuplicateKey } from '../connect.ts';
import { changes, LATEST, memories, type RuleDocument, rules } from './collections.ts';

/** What is set together with each change of a rule, so that a crash before it is announced is made good later. */
export const unannounced = () => ({ unannounced: randomUUID() });

/** Documents of one command: a server that takes them one after another is done with them long before a timeout. */
const AT_ONCE = 100;

/** A rule that was changed, and what was set with the change. */
export interface ChangedRule {
  readonly id: string;
  readonly token: string;
}

/**
 * Puts changes of rules among the changes. Their numbers begin one above the newest, and each is one writer's; numbers of
 * earlier changes of the rules are gone then, the newest of all never is.
 */
export async function announce(db: Db, changed: readonly ChangedRule[]): Promise<void> {
  for (let left = [...changed]; left.length > 0; ) {
    const next = left.slice(0, AT_ONCE);
    const newest = await changes(db).findOne({}, { sort: { _id: -1 }, ...LATEST });
    const first = (newest?._id ?? 0) + 1;
    const numbered = next.map(({ id }, i) => ({ _id: first + i, rule_id: id }));
    const told = next.slice(0, await insertInOrder(changes(db), numbered));
    left = left.slice(told.length);
    await changes(db).deleteMany({ rule_id: { $in: told.map(({ id }) => id) }, _id: { $lt: first } });
    await rules(db).updateMany(
      { _id: { $in: told.map(({ id }) => id) }, unannounced: { $in: told.map(({ token }) => token) } },
      { $unset: { unannounced: '' } },
    );
  }
}

/** Announces what a process that was killed did not. */
export async function announceAll(db: Db): Promise<void> {
  const found = await rules(db)
    .find({ unannounced: { $exists: true } }, { projection: { unannounced: 1 } })
    .toArray();
  await announce(
    db,
    found.flatMap(({ _id, unannounced: token }) => (token === undefined ? [] : [{ id: _id, token }])),
  );
}

/** Inserts one after the other up to the first whose key is taken; resolves with how many are inserted. */
export async function insertInOrder<D extends Document>(
  collection: Collection<D>,
  documents: readonly D[],
): Promise<number> {
  const given = documents as readonly OptionalUnlessRequiredId<D>[];
  let inserted = 0;
  while (inserted < documents.length) {
    const next = given.slice(inserted, inserted + AT_ONCE);
    try {
      inserted += (await collection.insertMany(next, { ordered: true })).insertedCount;
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError) || !isDuplicateKey(error)) throw error;
      return inserted + error.insertedCount;
    }
  }
  return inserted;
}

/** Leaves of a rule that it was removed. False where it is not there. */
export async function removeRuleOf(db: Db, owner: string, id: string, nowMs: number): Promise<boolean> {
  const removed = { removed_at: nowMs, ...unannounced() };
  if ((await rules(db).replaceOne({ _id: id, owner }, removed)).matchedCount !== 1) return false;
  await memories(db).deleteMany({ rule_id: id });
  await announce(db, [{ id, token: removed.unannounced }]);
  return true;
}

export function ruleDocument(rule: AlertRule): RuleDocument {
  const { id, owner, version, status, problem, createdAt, updatedAt, lastFiredAt, firings } = rule;
  const { name, muted_until } = rule.definition;
  return {
    _id: id,
    ...{ owner, name, version, status, problem, firings, muted_until },
    definition: JSON.stringify(rule.definition),
    created_at: createdAt,
    updated_at: updatedAt,
    last_fired_at: lastFiredAt,
  };
}

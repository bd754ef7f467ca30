import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import type { AlertRule } from '../../../ports/stores/alert-store.ts';
import { isDuplicateKey } from '../connect.ts';
import { changes, LATEST, memories, type RuleDocument, rules } from './collections.ts';

/** What is set together with each change of a rule, so that a crash before it is announced is made good later. */
export const unannounced = () => ({ unannounced: randomUUID() });

/**
 * Puts the change of a rule among the changes. Its number is one above the newest, which one writer gets; numbers of
 * earlier changes of the rule are gone then, the newest of all never is.
 */
export async function announce(db: Db, ruleId: string, token: string): Promise<void> {
  for (let isDone = false; !isDone; ) {
    const newest = await changes(db).findOne({}, { sort: { _id: -1 }, ...LATEST });
    const number = (newest?._id ?? 0) + 1;
    try {
      await changes(db).insertOne({ _id: number, rule_id: ruleId });
      await changes(db).deleteMany({ rule_id: ruleId, _id: { $lt: number } });
      isDone = true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
  await rules(db).updateOne({ _id: ruleId, unannounced: token }, { $unset: { unannounced: '' } });
}

/** Announces what a process that was killed did not. */
export async function announceAll(db: Db): Promise<void> {
  for (const { _id, unannounced: token } of await rules(db)
    .find({ unannounced: { $exists: true } }, { projection: { unannounced: 1 } })
    .toArray()) {
    if (token !== undefined) await announce(db, _id, token);
  }
}

/** Leaves of a rule that it was removed. False where it is not there. */
export async function removeRuleOf(db: Db, owner: string, id: string, nowMs: number): Promise<boolean> {
  const removed = { removed_at: nowMs, ...unannounced() };
  if ((await rules(db).replaceOne({ _id: id, owner }, removed)).matchedCount !== 1) return false;
  await memories(db).deleteMany({ rule_id: id });
  await announce(db, id, removed.unannounced);
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

import { randomUUID } from 'node:crypto';
import type { Db, Filter, UpdateFilter } from 'mongodb';
import type { AlertRule } from '../../../ports/stores/alerts/alert-records.ts';
import type { RuleMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { type Row, toRule } from '../../alerts/rows.ts';
import type { MongoConnection } from '../connect.ts';
import { changes, creations, LATEST, memories, type RuleDocument, rules } from './collections.ts';
import { withLock } from './locks.ts';
import {
  announce,
  announceAll,
  insertInOrder,
  removeRuleOf,
  ruleDocument,
  unannounced,
} from './rule-changes.ts';

/**
 * Rules, each in one document: every change is one command, and is announced after it. Rules that are created together
 * stand in one document first, from which what a crash cut off is completed.
 */
export function createRuleMethods({ run, update }: MongoConnection): RuleMethods {
  /** Changes one rule, where it meets a condition. */
  const change = (id: string, filter: Filter<RuleDocument>, set: UpdateFilter<RuleDocument>['$set']) =>
    update((db) => changeRule(db, id, filter, set));

  return {
    createRules: (given, most) =>
      update(async (db) => {
        if (given.length === 0) return true;
        const [{ owner }] = given;
        return withLock(db, `rules of ${owner}`, async () => {
          await completeCreations(db);
          if ((await rules(db).countDocuments({ owner }, LATEST)) + given.length > most) return false;
          const creation = { _id: randomUUID(), rules: given.map((rule) => newDocument(rule)) };
          await requireNewIds(db, given);
          await creations(db).insertOne(creation);
          await completeCreation(db, creation);
          return true;
        });
      }),
    rule: (id) => run(async (db) => ruleOf(await rules(db).findOne({ _id: id }))),
    rulesOf: (owner, after, limit) =>
      run(async (db) => {
        const later = after && {
          $or: [{ name: { $gt: after.name } }, { name: after.name, _id: { $gt: after.id } }],
        };
        const found = rules(db)
          .find({ owner, ...later })
          .sort({ name: 1, _id: 1 });
        return (await found.limit(limit).toArray()).flatMap((document) => ruleOf(document) ?? []);
      }),
    putRule: (rule, from) =>
      update(async (db) => {
        const {
          _id,
          owner,
          created_at: _made,
          firings: _count,
          last_fired_at: _last,
          ...set
        } = ruleDocument(rule);
        const done = await changeRule(
          db,
          _id,
          { owner, version: from },
          { ...set, counted: {}, fired_by: null },
        );
        if (done) await memories(db).deleteMany({ rule_id: _id, rule_version: { $ne: rule.version } });
        return done;
      }),
    muteRule: (owner, id, untilIso, nowMs) =>
      change(id, { owner }, { muted_until: untilIso, updated_at: nowMs }),
    endRule: (id, version, status, problem) => change(id, { version, status: 'armed' }, { status, problem }),
    removeRule: (owner, id, nowMs) => update((db) => removeRuleOf(db, owner, id, nowMs)),
    changesAfter: (after, limit) =>
      update(async (db) => {
        await completeCreations(db);
        await announceAll(db);
        const found = await changes(db)
          .find({ _id: { $gt: after } })
          .sort({ _id: 1 })
          .limit(limit)
          .toArray();
        // As at nearly every look.
        if (found.length === 0) return [];
        const named = await rules(db)
          .find({ _id: { $in: found.map(({ rule_id }) => rule_id) } })
          .toArray();
        const byId = new Map(named.map((document) => [document._id, ruleOf(document)]));
        return found.map(({ _id, rule_id }) => ({
          change: _id,
          id: rule_id,
          rule: byId.get(rule_id) ?? null,
        }));
      }),
  };
}

async function changeRule(
  db: Db,
  id: string,
  filter: Filter<RuleDocument>,
  set: UpdateFilter<RuleDocument>['$set'],
): Promise<boolean> {
  const token = unannounced();
  const done = await rules(db).updateOne({ _id: id, ...filter }, { $set: { ...set, ...token } });
  if (done.matchedCount !== 1) return false;
  await announce(db, [{ id, token: token.unannounced }]);
  return true;
}

const newDocument = (rule: AlertRule): RuleDocument => ({ ...ruleDocument(rule), ...unannounced() });

async function requireNewIds(db: Db, given: readonly AlertRule[]): Promise<void> {
  const taken = await rules(db).findOne({ _id: { $in: given.map(({ id }) => id) } }, LATEST);
  if (taken !== null) throw new Error(`there is a rule ${taken._id} already`);
}

/** Those that are there already are left as they are. */
async function completeCreation(
  db: Db,
  { _id, rules: given }: { readonly _id: string; readonly rules: readonly RuleDocument[] },
): Promise<void> {
  for (let left = given.slice(); left.length > 0; left = left.slice(1)) {
    left = left.slice(await insertInOrder(rules(db), left));
  }
  const changed = given.map((document) => ({ id: document._id, token: document.unannounced as string }));
  await announce(db, changed);
  await creations(db).deleteOne({ _id });
}

async function completeCreations(db: Db): Promise<void> {
  for (const creation of await creations(db).find().toArray()) await completeCreation(db, creation);
}

const ruleOf = (document: RuleDocument | null): AlertRule | null =>
  document?.definition === undefined ? null : toRule({ ...document, id: document._id } as Row);

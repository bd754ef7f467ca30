import type { AlertRule, RuleChange } from '../../../ports/stores/alerts/alert-records.ts';
import type { RuleMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { toRule } from '../../alerts/rows.ts';
import { CHANGES, type Row, type StorePart, type StoreSession } from './transactions.ts';

/** Rules, and the order of their changes: the number of a change is taken last, and held until it is committed. */
export function createRuleMethods({ schema, rows, together }: StorePart): RuleMethods {
  const insert = (session: StoreSession, rule: AlertRule, change: number) => {
    const { id, owner, version, status, problem, createdAt, updatedAt, lastFiredAt, firings } = rule;
    const { name, muted_until } = rule.definition;
    return session.change(
      `INSERT INTO ${schema}.rule VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      ...[id, owner, name, version, JSON.stringify(rule.definition), muted_until, status, problem],
      ...[createdAt, updatedAt, lastFiredAt, firings, change],
    );
  };
  const number = async (session: StoreSession, id: string) => {
    await session.change(
      `UPDATE ${schema}.rule SET change = $1 WHERE id = $2`,
      await session.raise(CHANGES, 1),
      id,
    );
  };
  /** A statement that changes one rule, where its condition holds. */
  const changeOne = (id: string, text: string, ...values: readonly unknown[]) =>
    together(async (session) => {
      if ((await session.change(text, ...values)) !== 1) return false;
      await number(session, id);
      return true;
    });
  const changeOf = (row: Row): RuleChange => ({
    change: row.change as number,
    id: row.id as string,
    rule: row.definition === null ? null : toRule(row),
  });
  return {
    createRules: (rules, most) =>
      together(async (session) => {
        if (rules.length === 0) return true;
        const { owner } = rules[0];
        await session.hold(`rules ${owner}`);
        const [held] = await session.rows(
          `SELECT count(*) AS rules FROM ${schema}.rule WHERE owner = $1`,
          owner,
        );
        if ((held.rules as number) + rules.length > most) return false;
        const first = (await session.raise(CHANGES, rules.length)) - rules.length + 1;
        for (const [i, rule] of rules.entries()) await insert(session, rule, first + i);
        return true;
      }),
    async rule(id) {
      const [row] = await rows(`SELECT * FROM ${schema}.rule WHERE id = $1`, id);
      return row === undefined ? null : toRule(row);
    },
    // No name is empty.
    rulesOf: async (owner, after, limit) => {
      const text = `SELECT * FROM ${schema}.rule WHERE owner = $1 AND (name, id) > ($2, $3) ORDER BY name, id LIMIT $4`;
      return (await rows(text, owner, after?.name ?? '', after?.id ?? '', limit)).map(toRule);
    },
    putRule: (rule, from) =>
      together(async (session) => {
        const { id, owner, version, definition, status, problem, updatedAt } = rule;
        const changed = await session.change(
          `UPDATE ${schema}.rule SET name = $4, version = $5, definition = $6, muted_until = $7, status = $8, problem = $9,
             updated_at = $10
           WHERE id = $1 AND owner = $2 AND version = $3`,
          ...[id, owner, from, definition.name, version, JSON.stringify(definition), definition.muted_until],
          ...[status, problem, updatedAt],
        );
        if (changed !== 1) return false;
        await session.change(`DELETE FROM ${schema}.memory WHERE rule_id = $1`, id);
        await number(session, id);
        return true;
      }),
    muteRule: (owner, id, untilIso, nowMs) =>
      changeOne(
        id,
        `UPDATE ${schema}.rule SET muted_until = $1, updated_at = $2 WHERE id = $3 AND owner = $4`,
        ...[untilIso, nowMs, id, owner],
      ),
    endRule: (id, version, status, problem) =>
      changeOne(
        id,
        `UPDATE ${schema}.rule SET status = $1, problem = $2 WHERE id = $3 AND version = $4 AND status = 'armed'`,
        ...[status, problem, id, version],
      ),
    removeRule: (owner, id, nowMs) =>
      together(async (session) => {
        const text = `DELETE FROM ${schema}.rule WHERE id = $1 AND owner = $2`;
        if ((await session.change(text, id, owner)) !== 1) return false;
        await session.change(`DELETE FROM ${schema}.memory WHERE rule_id = $1`, id);
        await noteRemovals(session, schema, [id], nowMs);
        return true;
      }),
    async changesAfter(change, limit) {
      const found = await rows(
        `SELECT * FROM ${schema}.rule WHERE change > $1
         UNION ALL SELECT id, '', '', 0, NULL, NULL, '', NULL, 0, 0, NULL, 0, change
         FROM ${schema}.removed_rule WHERE change > $1
         ORDER BY change LIMIT $2`,
        ...[change, limit],
      );
      return found.map(changeOf);
    },
  };
}

/** Notes that rules are gone, for who follows the changes. */
export async function noteRemovals(
  session: StoreSession,
  schema: string,
  ids: readonly string[],
  nowMs: number,
): Promise<void> {
  if (ids.length === 0) return;
  const first = (await session.raise(CHANGES, ids.length)) - ids.length + 1;
  await session.change(
    `INSERT INTO ${schema}.removed_rule
     SELECT given.id, $2::bigint + given.place - 1, $3 FROM unnest($1::text[]) WITH ORDINALITY AS given (id, place)
     ON CONFLICT (id) DO UPDATE SET change = excluded.change, at = excluded.at`,
    ...[ids, first, nowMs],
  );
}

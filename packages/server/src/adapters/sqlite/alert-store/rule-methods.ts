import type { AlertRule, RuleChange } from '../../../ports/stores/alerts/alert-records.ts';
import type { RuleMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { type Row, toRule } from '../../alerts/rows.ts';
import { type AtOnce, CHANGES, type StorePart } from './store-part.ts';

/** Rules, and the order of their changes. */
export function createRuleMethods({ sql, together, next }: StorePart): AtOnce<RuleMethods> {
  const insert = (rule: AlertRule) => {
    const { id, owner, version, status, problem, createdAt, updatedAt, lastFiredAt, firings } = rule;
    const { name, muted_until } = rule.definition;
    sql('INSERT INTO rule VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
      ...[id, owner, name, version, JSON.stringify(rule.definition), muted_until, status, problem],
      ...[createdAt, updatedAt, lastFiredAt, firings, next(CHANGES)],
    );
  };
  const removed = (row: Row): RuleChange => ({
    change: row.change as number,
    id: row.id as string,
    rule: null,
  });
  return {
    createRules: (rules, most) =>
      together(() => {
        if (rules.length === 0) return true;
        const held = sql('SELECT count(*) AS rules FROM rule WHERE owner = ?').get(rules[0].owner);
        if ((held?.rules as number) + rules.length > most) return false;
        for (const rule of rules) insert(rule);
        return true;
      }),
    rule(id) {
      const row = sql('SELECT * FROM rule WHERE id = ?').get(id);
      return row === undefined ? null : toRule(row);
    },
    // No name is empty.
    rulesOf: (owner, after, limit) =>
      sql('SELECT * FROM rule WHERE owner = ? AND (name, id) > (?, ?) ORDER BY name, id LIMIT ?')
        .all(owner, after?.name ?? '', after?.id ?? '', limit)
        .map(toRule),
    putRule: (rule, from) =>
      together(() => {
        const { id, owner, version, definition, status, problem, updatedAt } = rule;
        const { changes } = sql(
          `UPDATE rule SET name = ?, version = ?, definition = ?, muted_until = ?, status = ?, problem = ?, updated_at = ?
           WHERE id = ? AND owner = ? AND version = ?`,
        ).run(
          ...[definition.name, version, JSON.stringify(definition), definition.muted_until],
          ...[status, problem, updatedAt, id, owner, from],
        );
        if (changes !== 1) return false;
        sql('UPDATE rule SET change = ? WHERE id = ?').run(next(CHANGES), id);
        sql('DELETE FROM memory WHERE rule_id = ?').run(id);
        return true;
      }),
    muteRule: (owner, id, untilIso, nowMs) =>
      together(() => {
        const text = 'UPDATE rule SET muted_until = ?, updated_at = ? WHERE id = ? AND owner = ?';
        if (sql(text).run(untilIso, nowMs, id, owner).changes !== 1) return false;
        sql('UPDATE rule SET change = ? WHERE id = ?').run(next(CHANGES), id);
        return true;
      }),
    endRule: (id, version, status, problem) =>
      together(() => {
        const text = `UPDATE rule SET status = ?, problem = ? WHERE id = ? AND version = ? AND status = 'armed'`;
        if (sql(text).run(status, problem, id, version).changes !== 1) return false;
        sql('UPDATE rule SET change = ? WHERE id = ?').run(next(CHANGES), id);
        return true;
      }),
    removeRule: (owner, id, nowMs) =>
      together(() => {
        if (sql('DELETE FROM rule WHERE id = ? AND owner = ?').run(id, owner).changes !== 1) return false;
        sql('DELETE FROM memory WHERE rule_id = ?').run(id);
        sql('INSERT OR REPLACE INTO removed_rule VALUES (?, ?, ?)').run(id, next(CHANGES), nowMs);
        return true;
      }),
    changesAfter(change, limit) {
      const rules = sql('SELECT * FROM rule WHERE change > ? ORDER BY change LIMIT ?').all(change, limit);
      const gone = sql('SELECT * FROM removed_rule WHERE change > ? ORDER BY change LIMIT ?');
      const changes = rules.map(
        (row): RuleChange => ({ change: row.change as number, id: row.id as string, rule: toRule(row) }),
      );
      return [...changes, ...gone.all(change, limit).map(removed)]
        .sort((a, b) => a.change - b.change)
        .slice(0, limit);
    },
  };
}

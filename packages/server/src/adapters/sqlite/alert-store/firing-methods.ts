import type { FiringMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { toFiring } from '../../alerts/rows.ts';
import type { AtOnce, StorePart } from './store-part.ts';

export function createFiringMethods({ sql, together }: StorePart): AtOnce<FiringMethods> {
  return {
    unpublished: (limit) =>
      sql('SELECT * FROM firing WHERE is_published = 0 ORDER BY number LIMIT ?').all(limit).map(toFiring),
    published: (ids) =>
      together(() => {
        for (const id of ids) sql('UPDATE firing SET is_published = 1 WHERE id = ?').run(id);
      }),
    firings({ owner, ruleId, product, fromMs, toMs, before = Number.MAX_SAFE_INTEGER, limit }) {
      const conditions = ['owner = ?', 'at >= ?', 'at < ?', 'seq < ?'];
      const values: (string | number)[] = [owner, fromMs, toMs, before];
      if (ruleId !== undefined) {
        conditions.push('rule_id = ?');
        values.push(ruleId);
      }
      if (product !== undefined) {
        conditions.push('product = ?');
        values.push(product);
      }
      const text = `SELECT * FROM firing WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT ?`;
      return sql(text)
        .all(...values, limit)
        .map(toFiring);
    },
  };
}

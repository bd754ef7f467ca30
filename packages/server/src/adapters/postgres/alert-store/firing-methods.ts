import type { FiringMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { toFiring } from '../../alerts/rows.ts';
import type { StorePart } from './transactions.ts';

export function createFiringMethods({ schema, rows, together }: StorePart): FiringMethods {
  return {
    unpublished: async (limit) => {
      const text = `SELECT * FROM ${schema}.firing WHERE NOT is_published ORDER BY number LIMIT $1`;
      return (await rows(text, limit)).map(toFiring);
    },
    published: (ids) =>
      together(async (session) => {
        await session.change(`UPDATE ${schema}.firing SET is_published = true WHERE id = ANY ($1)`, ids);
      }),
    async firings({ owner, ruleId, product, fromMs, toMs, before, limit }) {
      const found = await rows(
        `SELECT * FROM ${schema}.firing
         WHERE owner = $1 AND at >= $2 AND at < $3 AND ($4::bigint IS NULL OR seq < $4)
           AND ($5::text IS NULL OR rule_id = $5) AND ($6::text IS NULL OR product = $6)
         ORDER BY seq DESC LIMIT $7`,
        ...[owner, fromMs, toMs, before ?? null, ruleId ?? null, product ?? null, limit],
      );
      return found.map(toFiring);
    },
  };
}

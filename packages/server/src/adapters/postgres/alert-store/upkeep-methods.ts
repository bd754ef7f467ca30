import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { SUSPENDED, suspendedName, toSuspended } from '../../alerts/suspended-owners.ts';
import { noteRemovals } from './rule-methods.ts';
import { firingsOf, type StorePart, type StoreSession } from './transactions.ts';

/** What concerns more than one part. */
export function createUpkeepMethods({
  schema,
  rows,
  change,
  together,
}: StorePart): Pick<
  AlertStore,
  'keep' | 'removeOwner' | 'ownersAfter' | 'suspendOwner' | 'suspendedOwners' | 'removeBefore'
> {
  const removeWhatIsLeft = async (session: StoreSession) => {
    await session.change(
      `DELETE FROM ${schema}.delivery AS held
       WHERE NOT EXISTS (SELECT FROM ${schema}.firing WHERE firing.id = held.firing_id)`,
    );
    await session.change(
      `DELETE FROM ${schema}.message AS held
       WHERE NOT EXISTS (SELECT FROM ${schema}.delivery WHERE delivery.message_id = held.id)`,
    );
  };
  return {
    async keep(name, text) {
      // The row of somebody else is seen by the statement after the one that waited for it.
      const insert = `INSERT INTO ${schema}.kept VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING text`;
      const [own] = await rows(insert, name, text);
      const [kept] = own ? [own] : await rows(`SELECT text FROM ${schema}.kept WHERE name = $1`, name);
      return kept.text as string;
    },
    removeOwner: (owner, nowMs) =>
      together(async (session) => {
        const held = `SELECT id FROM ${schema}.rule WHERE owner = $1 ORDER BY id FOR UPDATE`;
        const rules = (await session.rows(held, owner)).map(({ id }) => id as string);
        await session.change(`DELETE FROM ${schema}.memory WHERE rule_id = ANY ($1)`, rules);
        await session.change(
          `DELETE FROM ${schema}.delivery WHERE channel_id IN (SELECT id FROM ${schema}.channel WHERE owner = $1)`,
          owner,
        );
        for (const table of ['rule', 'channel', 'firing', 'attempt']) {
          await session.change(`DELETE FROM ${schema}.${table} WHERE owner = $1`, owner);
        }
        await noteRemovals(session, schema, rules, nowMs);
        await session.change(`DELETE FROM ${schema}.counter WHERE name = $1`, firingsOf(owner));
        await session.change(`DELETE FROM ${schema}.kept WHERE name = $1`, suspendedName(owner));
        await removeWhatIsLeft(session);
      }),
    async ownersAfter(owner, limit) {
      const found = await rows(
        `SELECT owner FROM (
           SELECT owner FROM ${schema}.rule UNION SELECT owner COLLATE "C" FROM ${schema}.channel
         ) AS each WHERE owner COLLATE "C" > $1 ORDER BY owner COLLATE "C" LIMIT $2`,
        ...[owner, limit],
      );
      return found.map((row) => row.owner as string);
    },
    async suspendOwner(owner, sinceMs) {
      const name = suspendedName(owner);
      if (sinceMs === null) await change(`DELETE FROM ${schema}.kept WHERE name = $1`, name);
      else
        await change(
          `INSERT INTO ${schema}.kept VALUES ($1, $2) ON CONFLICT DO NOTHING`,
          ...[name, String(sinceMs)],
        );
    },
    async suspendedOwners() {
      const found = await rows(
        `SELECT name, text FROM ${schema}.kept WHERE starts_with(name, $1)`,
        SUSPENDED,
      );
      return found.map(({ name, text }) => toSuspended(name as string, text as string));
    },
    removeBefore: (ms, most) =>
      together(async (session) => {
        const firings = await session.change(`DELETE FROM ${schema}.firing WHERE kept_at < $1`, ms);
        const above = await session.change(
          `DELETE FROM ${schema}.firing USING (SELECT owner, max(seq) AS seq FROM ${schema}.firing GROUP BY owner) AS newest
           WHERE firing.owner = newest.owner AND firing.seq <= newest.seq - $1::bigint`,
          most,
        );
        const attempts = await session.change(`DELETE FROM ${schema}.attempt WHERE at < $1`, ms);
        await session.change(`DELETE FROM ${schema}.removed_rule WHERE at < $1`, ms);
        await removeWhatIsLeft(session);
        return firings + above + attempts;
      }),
  };
}

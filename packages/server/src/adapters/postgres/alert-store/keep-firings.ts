import type { EvaluationBatch, NewFiring, StoredFiring } from '../../../ports/stores/alerts/alert-records.ts';
import { CHANGES, firingsOf, type StoreSession } from './transactions.ts';

/**
 * Keeps the firings of a batch. Their rules are held first, in the order of their ids, so that what is found then of
 * rules and of firings that are kept already holds until the transaction ends.
 */
export async function keepFirings(
  session: StoreSession,
  schema: string,
  { firings, atMs }: EvaluationBatch,
): Promise<StoredFiring[]> {
  if (firings.length === 0) return [];
  const rules = await session.rows(
    `SELECT id, version, status FROM ${schema}.rule WHERE id = ANY ($1) ORDER BY id FOR UPDATE`,
    [...new Set(firings.map(({ ruleId }) => ruleId))],
  );
  const ids = firings.map(({ id }) => id);
  const kept = await session.rows(`SELECT id FROM ${schema}.firing WHERE id = ANY ($1)`, ids);
  const isKept = new Set(kept.map(({ id }) => id as string));
  const versions = new Map(
    rules.flatMap(({ id, version, status }) =>
      status === 'armed' ? [[id as string, version as number] as const] : [],
    ),
  );
  const claimed: string[] = [];
  const fresh = firings.filter(({ id, ruleId, ruleVersion, once }) => {
    if (isKept.has(id) || versions.get(ruleId) !== ruleVersion) return false;
    isKept.add(id);
    if (once) {
      versions.delete(ruleId);
      claimed.push(ruleId);
    }
    return true;
  });
  if (fresh.length === 0) return [];
  await countFirings(session, schema, fresh);
  if (claimed.length > 0) {
    const first = (await session.raise(CHANGES, claimed.length)) - claimed.length + 1;
    await session.change(
      `UPDATE ${schema}.rule SET status = 'fired', change = $2::bigint + given.place - 1
       FROM unnest($1::text[]) WITH ORDINALITY AS given (id, place) WHERE rule.id = given.id`,
      ...[claimed, first],
    );
  }
  const numbered = await number(session, fresh, atMs);
  await insert(session, schema, numbered);
  return numbered;
}

async function countFirings(
  session: StoreSession,
  schema: string,
  fresh: readonly NewFiring[],
): Promise<void> {
  await session.change(
    `UPDATE ${schema}.rule SET firings = rule.firings + given.firings, last_fired_at = greatest(rule.last_fired_at, given.at)
     FROM (SELECT id, count(*) AS firings, max(at) AS at FROM unnest($1::text[], $2::bigint[]) AS each (id, at) GROUP BY id)
       AS given
     WHERE rule.id = given.id`,
    ...[fresh.map(({ ruleId }) => ruleId), fresh.map(({ at }) => at)],
  );
}

/** Numbers of each owner, in the order of the batch; counters are held in the order of the owners. */
async function number(
  session: StoreSession,
  fresh: readonly NewFiring[],
  keptAt: number,
): Promise<StoredFiring[]> {
  const next = new Map<string, number>();
  for (const owner of [...new Set(fresh.map((firing) => firing.owner))].sort()) {
    const own = fresh.filter((firing) => firing.owner === owner).length;
    next.set(owner, (await session.raise(firingsOf(owner), own)) - own + 1);
  }
  return fresh.map((firing) => {
    const seq = next.get(firing.owner) as number;
    next.set(firing.owner, seq + 1);
    return { ...firing, seq, keptAt };
  });
}

async function insert(
  session: StoreSession,
  schema: string,
  numbered: readonly StoredFiring[],
): Promise<void> {
  const column = <T>(of: (firing: StoredFiring) => T) => numbered.map(of);
  await session.change(
    `INSERT INTO ${schema}.firing (id, owner, seq, rule_id, product, at, kept_at, digest_until, waits, firing)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
       $8::bigint[], $9::boolean[], $10::text[])`,
    column(({ id }) => id),
    column(({ owner }) => owner),
    column(({ seq }) => seq),
    column(({ ruleId }) => ruleId),
    column(({ product }) => product),
    column(({ at }) => at),
    column(({ keptAt }) => keptAt),
    column(({ digestUntil }) => digestUntil),
    column(({ muted, channels }) => !muted && channels.length > 0),
    column(({ seq: _seq, keptAt: _keptAt, ...firing }) => JSON.stringify(firing)),
  );
}

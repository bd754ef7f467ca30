import type {
  EvaluatedPosition,
  EvaluationBatch,
  Lease,
  NewFiring,
  RuleMemory,
  StoredFiring,
} from '../../../ports/stores/alerts/alert-records.ts';
import type { EvaluationMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { type AtOnce, CHANGES, firingsOf, type StorePart } from './store-part.ts';

/** Partitions, and what their holders commit: one transaction each, which begins with a look at the lease. */
export function createEvaluationMethods({ sql, together, next }: StorePart): AtOnce<EvaluationMethods> {
  const isStored = (id: string) => sql('SELECT 1 FROM firing WHERE id = ?').get(id) !== undefined;

  /** Counts the firing of a rule of this version that is armed; false where there is none. */
  function counted({ ruleId, ruleVersion, once, at }: NewFiring): boolean {
    const { changes } = sql(
      `UPDATE rule SET firings = firings + 1, last_fired_at = max(?, coalesce(last_fired_at, ?))
       WHERE id = ? AND version = ? AND status = 'armed'`,
    ).run(at, at, ruleId, ruleVersion);
    if (changes !== 1) return false;
    if (once) sql(`UPDATE rule SET status = 'fired', change = ? WHERE id = ?`).run(next(CHANGES), ruleId);
    return true;
  }

  function keep(firing: NewFiring, keptAt: number): StoredFiring | null {
    if (isStored(firing.id) || !counted(firing)) return null;
    const { id, owner, ruleId, product, at, digestUntil, muted, channels } = firing;
    const seq = next(firingsOf(owner));
    const waits = Number(!muted && channels.length > 0);
    sql(
      `INSERT INTO firing (id, owner, seq, rule_id, product, at, kept_at, digest_until, is_published, waits, firing)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
    ).run(id, owner, seq, ruleId, product, at, keptAt, digestUntil, waits, JSON.stringify(firing));
    return { ...firing, seq, keptAt };
  }

  const isHeld = ({ partition, holder, token }: Lease): boolean => {
    const held = sql('SELECT holder, token FROM lease WHERE partition = ?').get(partition);
    return held?.holder === holder && held.token === token;
  };

  function keepPosition(partition: number, positions: EvaluationBatch['positions']): void {
    for (const [topic, position] of Object.entries(positions)) {
      sql('INSERT OR REPLACE INTO position VALUES (?, ?, ?)').run(partition, topic, position);
    }
  }

  function remember(partition: number, { ruleId, ruleVersion, product, expiry, state }: RuleMemory): void {
    if (state === '') {
      sql('DELETE FROM memory WHERE rule_id = ? AND product = ? AND expiry = ?').run(ruleId, product, expiry);
      return;
    }
    sql(
      `INSERT INTO memory SELECT id, ?, ?, ?, version, ? FROM rule WHERE id = ? AND version = ?
       ON CONFLICT (rule_id, product, expiry) DO UPDATE
       SET partition = excluded.partition, rule_version = excluded.rule_version, state = excluded.state`,
    ).run(product, expiry, partition, state, ruleId, ruleVersion);
  }

  return {
    lease: (partition, holder, nowMs, forMs) =>
      together(() => {
        const held = sql('SELECT * FROM lease WHERE partition = ?').get(partition);
        const isOwn = held?.holder === holder;
        if (held !== undefined && !isOwn && (held.until as number) > nowMs) return null;
        const token = ((held?.token as number | undefined) ?? 0) + (isOwn ? 0 : 1);
        const untilMs = nowMs + forMs;
        sql('INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?)').run(partition, holder, token, untilMs);
        return { partition, holder, token, untilMs };
      }),
    renew: (leases, untilMs) =>
      together(() => {
        const own = leases.filter(isHeld);
        for (const { partition } of own) {
          sql('UPDATE lease SET until = ? WHERE partition = ?').run(untilMs, partition);
        }
        return own.length === leases.length;
      }),
    release({ partition, holder, token }) {
      const text = `UPDATE lease SET holder = '', until = 0 WHERE partition = ? AND holder = ? AND token = ?`;
      sql(text).run(partition, holder, token);
    },
    leases: (nowMs) =>
      sql('SELECT partition, holder, token, until AS untilMs FROM lease WHERE until > ? ORDER BY partition')
        .all(nowMs)
        .map((row) => ({ ...row }) as unknown as Lease),
    remembered: (partition) =>
      together(() => ({
        positions: Object.fromEntries(
          sql('SELECT topic, position FROM position WHERE partition = ?')
            .all(partition)
            .map(({ topic, position }) => [topic as string, position as string]),
        ),
        products: sql('SELECT product, epoch, replaced, seq, timestamp FROM product WHERE partition = ?')
          .all(partition)
          .map((row) => ({ ...row }) as unknown as EvaluatedPosition),
        memories: sql(
          `SELECT rule_id AS ruleId, rule_version AS ruleVersion, product, expiry, state
           FROM memory WHERE partition = ?`,
        )
          .all(partition)
          .map((row) => ({ ...row }) as unknown as RuleMemory),
      })),
    commit: (lease, { atMs, positions, products, memories, firings }) =>
      together(() => {
        if (!isHeld(lease)) return null;
        const { partition } = lease;
        keepPosition(partition, positions);
        for (const { product, epoch, replaced, seq, timestamp } of products) {
          sql('INSERT OR REPLACE INTO product VALUES (?, ?, ?, ?, ?, ?)').run(
            ...[partition, product, epoch, replaced, seq, timestamp],
          );
        }
        for (const memory of memories) remember(partition, memory);
        return { firings: firings.flatMap((firing) => keep(firing, atMs) ?? []) };
      }),
    keepPositions: (kept) =>
      together(() => {
        const own = kept.filter(({ lease }) => isHeld(lease));
        for (const { lease, positions } of own) keepPosition(lease.partition, positions);
        return own.length === kept.length;
      }),
  };
}

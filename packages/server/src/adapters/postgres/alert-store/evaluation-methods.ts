import type {
  EvaluatedPosition,
  EvaluationBatch,
  Lease,
  RuleMemory,
} from '../../../ports/stores/alerts/alert-records.ts';
import type { EvaluationMethods } from '../../../ports/stores/alerts/alert-store.ts';
import { keepFirings } from './keep-firings.ts';
import type { StorePart, StoreSession } from './transactions.ts';

/** Partitions, and what their holders commit: one transaction each, which holds the lease until it ends. */
export function createEvaluationMethods({ schema, rows, change, together }: StorePart): EvaluationMethods {
  /** Those of the leases that are still the ones of their partitions, held until the transaction ends. */
  const held = async (session: StoreSession, leases: readonly Lease[]): Promise<Set<number>> => {
    const columns = (['partition', 'holder', 'token'] as const).map((column) =>
      leases.map((each) => each[column]),
    );
    const found = await session.rows(
      `SELECT lease.partition FROM ${schema}.lease JOIN unnest($1::int[], $2::text[], $3::bigint[])
         AS given (partition, holder, token) USING (partition, holder, token)
       ORDER BY lease.partition FOR UPDATE OF lease`,
      ...columns,
    );
    return new Set(found.map(({ partition }) => partition as number));
  };

  const keepPosition = async (
    session: StoreSession,
    partitions: readonly number[],
    positions: readonly EvaluationBatch['positions'][],
  ) => {
    const each = positions.flatMap((given, i) =>
      Object.entries(given).map(([topic, position]) => [partitions[i], topic, position] as const),
    );
    if (each.length === 0) return;
    await session.change(
      `INSERT INTO ${schema}.position SELECT * FROM unnest($1::int[], $2::text[], $3::text[])
       ON CONFLICT (partition, topic) DO UPDATE SET position = excluded.position`,
      ...[0, 1, 2].map((column) => each.map((row) => row[column])),
    );
  };

  const goOn = async (session: StoreSession, partition: number, { positions, products }: EvaluationBatch) => {
    await keepPosition(session, [partition], [positions]);
    if (products.length > 0) {
      const columns = (['product', 'epoch', 'replaced', 'seq', 'timestamp'] as const).map((column) =>
        products.map((each) => each[column]),
      );
      await session.change(
        `INSERT INTO ${schema}.product
         SELECT $1, given.* FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) AS given
         ON CONFLICT (partition, product) DO UPDATE
         SET epoch = excluded.epoch, replaced = excluded.replaced, seq = excluded.seq, timestamp = excluded.timestamp`,
        ...[partition, ...columns],
      );
    }
  };

  /** What a rule of another version remembers is not read, and is gone with the next reading. */
  const remember = async (session: StoreSession, partition: number, memories: readonly RuleMemory[]) => {
    if (memories.length === 0) return;
    const columns = (['ruleId', 'ruleVersion', 'product', 'expiry', 'state'] as const).map((column) =>
      memories.map((each) => each[column]),
    );
    const given = `unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
                   AS given (rule_id, rule_version, product, expiry, state)`;
    await session.change(
      `INSERT INTO ${schema}.memory (rule_id, product, expiry, partition, rule_version, state)
       SELECT given.rule_id, given.product, given.expiry, $6, given.rule_version, given.state
       FROM ${given} JOIN ${schema}.rule ON rule.id = given.rule_id AND rule.version = given.rule_version
       WHERE given.state <> ''
       ON CONFLICT (rule_id, product, expiry) DO UPDATE
       SET partition = excluded.partition, rule_version = excluded.rule_version, state = excluded.state`,
      ...[...columns, partition],
    );
    if (memories.every(({ state }) => state !== '')) return;
    await session.change(
      `DELETE FROM ${schema}.memory AS held USING ${given}
       WHERE given.state = '' AND held.rule_id = given.rule_id AND held.product = given.product
         AND held.expiry = given.expiry`,
      ...columns,
    );
  };

  return {
    lease: (partition, holder, nowMs, forMs) =>
      together(async (session) => {
        const untilMs = nowMs + forMs;
        const [taken] = await session.rows(
          `INSERT INTO ${schema}.lease AS held VALUES ($1, $2, 1, $4)
           ON CONFLICT (partition) DO UPDATE
           SET holder = $2, until = $4, token = held.token + CASE WHEN held.holder = $2 THEN 0 ELSE 1 END
           WHERE held.holder = $2 OR held.until <= $3
           RETURNING token`,
          ...[partition, holder, nowMs, untilMs],
        );
        return taken === undefined ? null : { partition, holder, token: taken.token as number, untilMs };
      }),
    renew: (leases, untilMs) =>
      together(async (session) => {
        const own = await held(session, leases);
        await session.change(
          `UPDATE ${schema}.lease SET until = $2 WHERE partition = ANY ($1)`,
          ...[[...own], untilMs],
        );
        return own.size === leases.length;
      }),
    async release({ partition, holder, token }) {
      await change(
        `UPDATE ${schema}.lease SET holder = '', until = 0 WHERE partition = $1 AND holder = $2 AND token = $3`,
        ...[partition, holder, token],
      );
    },
    async leases(nowMs) {
      const found = await rows(
        `SELECT partition, holder, token, until AS "untilMs" FROM ${schema}.lease WHERE until > $1 ORDER BY partition`,
        nowMs,
      );
      return found as unknown as Lease[];
    },
    remembered: (partition) =>
      together(async (session) => {
        await session.change(
          `DELETE FROM ${schema}.memory AS held WHERE partition = $1 AND NOT EXISTS (
             SELECT FROM ${schema}.rule WHERE rule.id = held.rule_id AND rule.version = held.rule_version)`,
          partition,
        );
        const of = (table: string, columns: string) =>
          session.rows(`SELECT ${columns} FROM ${schema}.${table} WHERE partition = $1`, partition);
        const positions = await of('position', 'topic, position');
        const products = await of('product', 'product, epoch, replaced, seq, timestamp');
        const memories = await of(
          'memory',
          'rule_id AS "ruleId", rule_version AS "ruleVersion", product, expiry, state',
        );
        return {
          positions: Object.fromEntries(
            positions.map((row) => [row.topic as string, row.position as string]),
          ),
          products: products as unknown as EvaluatedPosition[],
          memories: memories as unknown as RuleMemory[],
        };
      }),
    commit: (lease, batch) =>
      together(async (session) => {
        const { partition } = lease;
        if ((await held(session, [lease])).size === 0) return null;
        await goOn(session, partition, batch);
        await remember(session, partition, batch.memories);
        return { firings: await keepFirings(session, schema, batch) };
      }),
    keepPositions: (kept) =>
      together(async (session) => {
        const leases = kept.map(({ lease }) => lease);
        const partitions = await held(session, leases);
        const own = kept.filter(({ lease }) => partitions.has(lease.partition));
        await keepPosition(
          session,
          own.map(({ lease }) => lease.partition),
          own.map(({ positions }) => positions),
        );
        return own.length === kept.length;
      }),
  };
}

import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { BEGIN, type PostgresConnection, type Session } from '../database/connect.ts';
import { instant } from '../database/instants.ts';
import { lockTables } from '../database/schema.ts';
import type { PostgresSettings } from '../settings.ts';

const DAY_MS = 86_400_000;
/** The tables that have a partition per UTC day. */
const PARTED = ['snapshot', 'tick'] as const;

/** The UTC day of an instant, counted from 1970. */
export const dayOf = (epochMs: number): number => Math.floor(epochMs / DAY_MS);
export const startOfDay = (day: number): number => day * DAY_MS;

/** "snapshot_20260819". */
const partitionOf = (table: string, day: number): string =>
  `${table}_${instant(startOfDay(day)).split('T')[0].replaceAll('-', '')}`;

type PartitionSettings = Pick<PostgresSettings, 'daysAhead' | 'retentionDays' | 'sweepIntervalMs'>;

/** The partitions of a store: made when they are needed and ahead of it, and dropped when their day is over for long. */
export interface Partitions {
  /** Sees to it that the days have partitions. */
  require(days: Iterable<number>): Promise<void>;
  /** The first day that retention keeps; -Infinity when it keeps all. */
  firstKept(nowMs: number): number;
  /** Forgets which there are, after another process dropped one. */
  forget(): void;
  /** Makes those of today and the next days. */
  makeAhead(nowMs: number): Promise<void>;
  /** Makes them, and drops those that retention does not keep. Rejects while something reads for long, such as a dump. */
  sweep(nowMs: number): Promise<void>;
  /** Sweeps at once, without anybody waiting for it, and then now and then; one that fails is logged. */
  start(): void;
  close(): Promise<void>;
}

export function createPartitions(
  connection: PostgresConnection,
  settings: PartitionSettings,
  logger: Logger | undefined,
): Partitions {
  const { schema } = connection;
  const known = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();

  const require = async (days: Iterable<number>): Promise<void> => {
    const missing = [...new Set(days)].filter((day) => !known.has(day)).sort((a, b) => a - b);
    if (missing.length === 0) return;
    await connection.maintain(async (session) => {
      await session.query(BEGIN);
      await lockTables(session, schema);
      for (const day of missing) for (const table of PARTED) await attach(session, schema, table, day);
      await session.query('COMMIT');
    });
    for (const day of missing) known.add(day);
  };

  const makeAhead = (nowMs: number): Promise<void> =>
    require(Array.from({ length: settings.daysAhead + 1 }, (_, i) => dayOf(nowMs) + i));

  const firstKept = (nowMs: number): number =>
    settings.retentionDays === 0 ? Number.NEGATIVE_INFINITY : dayOf(nowMs) - settings.retentionDays;

  const sweep = async (nowMs: number): Promise<void> => {
    await makeAhead(nowMs);
    if (settings.retentionDays === 0) return;
    const first = firstKept(nowMs);
    const dropped = await connection.maintain((session) => dropBefore(session, schema, first));
    if (dropped === 0) return;
    for (const day of known) if (day < first) known.delete(day);
    logger?.info({ before: instant(startOfDay(first)), partitions: dropped }, 'dropped by retention');
  };

  return {
    require,
    firstKept,
    forget: () => known.clear(),
    makeAhead,
    sweep,
    start() {
      const sweepNext = () => {
        sweeping = sweeping
          .then(() => sweep(Date.now()))
          .catch((error) => {
            logger?.warn({ reason: reasonOf(error) }, 'partitions could not be made or dropped');
          });
      };
      sweepNext();
      timer = setInterval(sweepNext, settings.sweepIntervalMs);
      timer.unref();
    },
    async close() {
      clearInterval(timer);
      await sweeping;
    },
  };
}

/**
 * Makes the partition of a day. It is attached after it was made, because that keeps neither readers nor writers of the
 * other days waiting. One that an interrupted removal left is attached again; if its detaching waits for readers, so does
 * this.
 */
async function attach(session: Session, schema: string, table: string, day: number): Promise<void> {
  const partition = `${schema}.${partitionOf(table, day)}`;
  const { rows } = await session.query(
    `SELECT c.relispartition AS attached, coalesce(i.inhdetachpending, false) AS pending
     FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid WHERE c.oid = to_regclass($1)`,
    [partition],
  );
  const [made] = rows;
  if (made?.attached && !made.pending) return;
  if (made?.pending)
    await session.query(`ALTER TABLE ${schema}.${table} DETACH PARTITION ${partition} FINALIZE`);
  if (made === undefined) {
    const copied = 'INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE';
    await session.query(`CREATE TABLE ${partition} (LIKE ${schema}.${table} ${copied})`);
  }
  const [from, to] = [startOfDay(day), startOfDay(day + 1)].map((at) => `to_timestamp(${at / 1000})`);
  await session.query(
    `ALTER TABLE ${schema}.${table} ATTACH PARTITION ${partition} FOR VALUES FROM (${from}) TO (${to})`,
  );
}

/**
 * Drops the partitions of days before one, attached or not; resolves with how many. Only one process does it at a time.
 * They are detached first, which waits for readers and keeps none waiting.
 */
async function dropBefore(session: Session, schema: string, firstKept: number): Promise<number> {
  const key = [`deltastream ${schema}`];
  const locked = await session.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held', key);
  if (!locked.rows[0].held) return 0;
  try {
    const { rows } = await session.query(
      `SELECT c.relname AS name, c.relispartition AS attached, coalesce(i.inhdetachpending, false) AS pending
       FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
       WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r' AND c.relname ~ '^(snapshot|tick)_[0-9]{8,}$'
       ORDER BY pending DESC, c.relname`,
      [schema],
    );
    // One that is being detached comes first: until that is final, the server detaches no other of its table.
    const old = rows.filter(({ name }) => {
      const [table] = String(name).split('_');
      return name.length <= partitionOf(table, firstKept).length && name < partitionOf(table, firstKept);
    });
    for (const { name, attached, pending } of old) {
      const [table] = String(name).split('_');
      const detach = `ALTER TABLE ${schema}.${table} DETACH PARTITION ${schema}.${name}`;
      if (attached) await session.query(`${detach} ${pending ? 'FINALIZE' : 'CONCURRENTLY'}`);
      await session.query(`DROP TABLE ${schema}.${name}`);
    }
    if (old.length > 0) await forgetBefore(session, schema, startOfDay(firstKept));
    return old.length;
  } finally {
    await session.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', key);
  }
}

/** Takes what was dropped out of the counts and the lists of what there is. */
async function forgetBefore(session: Session, schema: string, epochMs: number): Promise<void> {
  const cut = [instant(epochMs)];
  const first = (table: string, key: string) =>
    `(SELECT min(ts) FROM ${schema}.${table} t WHERE ${key} AND t.ts >= $1)`;
  const ofChain = first('snapshot', 't.product = s.product AND t.expiry = s.expiry');
  await session.query(`DELETE FROM ${schema}.chain_series WHERE last_ts < $1`, cut);
  await session.query(
    `UPDATE ${schema}.chain_series s SET first_ts = coalesce(${ofChain}, s.first_ts) WHERE s.first_ts < $1`,
    cut,
  );
  await session.query(`DELETE FROM ${schema}.tick_series WHERE last_ts < $1`, cut);
  await session.query(
    `UPDATE ${schema}.tick_series s SET first_ts = coalesce(${first('tick', 't.product = s.product')}, s.first_ts)
     WHERE s.first_ts < $1`,
    cut,
  );
  await session.query(
    `UPDATE ${schema}.day_count SET snapshots = 0, quotes = 0, ticks = 0 WHERE day < $1`,
    cut,
  );
}

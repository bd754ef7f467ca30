import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { type BackgroundRuns, createBackgroundRuns } from '../../background-runs.ts';
import { dayBefore } from '../../retention-settings.ts';
import { BEGIN, type PostgresConnection, type Session } from '../database/connect.ts';
import { instant } from '../database/instants.ts';
import { lockTables } from '../database/schema.ts';
import type { PostgresSettings } from '../settings.ts';

const DAY_MS = 86_400_000;
/** The tables that have a partition per UTC day. */
const PARTED = ['snapshot', 'tick'] as const;
export type PartedTable = (typeof PARTED)[number];

/** The UTC day of an instant, counted from 1970. */
export const dayOf = (epochMs: number): number => Math.floor(epochMs / DAY_MS);
export const startOfDay = (day: number): number => day * DAY_MS;

/** "snapshot_20260819". */
export const partitionOf = (table: PartedTable, day: number): string =>
  `${table}_${instant(startOfDay(day)).split('T')[0].replaceAll('-', '')}`;

type PartitionSettings = Pick<PostgresSettings, 'daysAhead' | 'sweepIntervalMs'> & {
  readonly keepSnapshots: number;
};

/** The partitions of a store: made when they are needed and ahead of it; retention.ts drops them. */
export interface Partitions {
  /** Sees to it that the days have partitions. */
  require(days: Iterable<number>): Promise<void>;
  /** The first day whose snapshots and ticks are kept; -Infinity when all are. */
  firstKept(nowMs: number): number;
  /** Forgets which there are, after one was dropped, also by another process. */
  forget(): void;
  /** Makes those of today and the next days. */
  makeAhead(nowMs: number): Promise<void>;
  /** Makes them now and then; a time that fails is logged. */
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
  let runs: BackgroundRuns | null = null;

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

  return {
    require,
    firstKept(nowMs) {
      const kept = dayBefore(settings.keepSnapshots, nowMs);
      return kept === null ? Number.NEGATIVE_INFINITY : dayOf(kept);
    },
    forget: () => known.clear(),
    makeAhead,
    start() {
      runs = createBackgroundRuns({
        intervalMs: settings.sweepIntervalMs,
        run: () => makeAhead(Date.now()),
        failed: (error) => logger?.event('partitions_not_made', { reason: reasonOf(error) }),
      });
    },
    async close() {
      await runs?.close();
    },
  };
}

/**
 * Makes the partition of a day. It is attached after it was made, because that keeps neither readers nor writers of the
 * other days waiting. One that an interrupted removal left is attached again; if its detaching waits for readers, so does
 * this.
 */
export async function attach(
  session: Session,
  schema: string,
  table: PartedTable,
  day: number,
): Promise<void> {
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

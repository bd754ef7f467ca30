import type { Logger } from '../../../kit/logging/log.ts';
import type { RolledStore } from '../../rollups/rollups.ts';
import { BEGIN, type PostgresConnection, type Session } from '../database/connect.ts';
import { instant } from '../database/instants.ts';
import { attach, dayOf, type PartedTable, type Partitions, partitionOf, startOfDay } from './partitions.ts';

/** A partition of a day, attached or not. */
interface Partition {
  readonly table: PartedTable;
  readonly day: number;
  readonly name: string;
  readonly attached: boolean;
  /** Its detaching was begun and not ended. */
  readonly pending: boolean;
}

/**
 * Removes what is kept no longer, one process at a time: partitions of ticks and, once their figures may go and are rolled
 * up, of snapshots; before that the quotes of snapshots alone. Rejects while something reads them for long, such as a dump.
 */
export function createRetention(
  connection: PostgresConnection,
  partitions: Pick<Partitions, 'forget'>,
  logger: Logger | undefined,
): RolledStore['retain'] {
  const { schema } = connection;
  const key = [`deltastream ${schema}`];
  return ({ snapshotsBeforeMs, rowsBeforeMs, minutesBeforeMs }, signal) => {
    if (snapshotsBeforeMs === null) return Promise.resolve();
    return connection.maintain(async (session) => {
      const locked = await session.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held', key);
      if (!locked.rows[0].held) return;
      try {
        let dropped = 0;
        await forgetQuotes(session, schema, snapshotsBeforeMs);
        if (rowsBeforeMs !== null) await noteRowsFrom(session, schema, rowsBeforeMs);
        for (const each of await partitionsBefore(session, schema, dayOf(snapshotsBeforeMs))) {
          if (each.table === 'tick') await detach(session, schema, each);
          else if (rowsBeforeMs === null || startOfDay(each.day) >= rowsBeforeMs) continue;
          else if (!(await detachRolled(session, schema, each))) continue;
          await session.query(`DROP TABLE ${schema}.${each.name}`);
          dropped++;
        }
        const emptied = await dropQuotes(session, schema, snapshotsBeforeMs);
        if (rowsBeforeMs !== null) await removeProductRows(session, schema, rowsBeforeMs);
        if (minutesBeforeMs !== null) {
          const older = 'hour < $1 AND minutes IS NOT NULL';
          await session.query(`UPDATE ${schema}.rollup SET minutes = NULL WHERE ${older}`, [
            instant(minutesBeforeMs),
          ]);
        }
        if (dropped > 0) partitions.forget();
        if (dropped + emptied.length > 0) {
          const before = instant(snapshotsBeforeMs);
          logger?.event('retention_completed', { before, partitions: dropped, emptied: emptied.length });
        }
        // Gives their room back to the file system.
        for (const name of emptied) await session.query(`VACUUM (FULL, ANALYZE) ${schema}.${name}`);
      } finally {
        await session.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', key).catch(() => undefined);
      }
    }, signal);
  };
}

/** One that is being detached comes first: until that is final, the server detaches no other of its table. */
async function partitionsBefore(session: Session, schema: string, firstKept: number): Promise<Partition[]> {
  const { rows } = await session.query(
    `SELECT c.relname AS name, c.relispartition AS attached, coalesce(i.inhdetachpending, false) AS pending
     FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
     WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r' AND c.relname ~ '^(snapshot|tick)_[0-9]{8,}$'
     ORDER BY pending DESC, c.relname`,
    [schema],
  );
  return rows
    .map(({ name, attached, pending }): Partition => {
      const [table, date] = String(name).split('_') as [PartedTable, string];
      const iso = `${date.slice(0, -4)}-${date.slice(-4, -2)}-${date.slice(-2)}`;
      const year = iso.length > 10 ? `+${iso.padStart(12, '0')}` : iso;
      return { table, day: dayOf(Date.parse(year)), name, attached, pending };
    })
    .filter(({ day }) => day < firstKept);
}

/** Waits for readers, and keeps none waiting. */
async function detach(session: Session, schema: string, partition: Partition): Promise<void> {
  const { table, name, attached, pending } = partition;
  if (!attached) return;
  const how = pending ? 'FINALIZE' : 'CONCURRENTLY';
  await session.query(`ALTER TABLE ${schema}.${table} DETACH PARTITION ${schema}.${name} ${how}`);
}

/**
 * Detaches the snapshots of a day whose figures are all rolled up: no row is later than its series is rolled up to, and no
 * hour is marked. Where a row came meanwhile, they are attached again and stay until the next time.
 */
async function detachRolled(session: Session, schema: string, partition: Partition): Promise<boolean> {
  const { table, day, name } = partition;
  const isRolled = async () => {
    const { rows } = await session.query(
      `SELECT EXISTS (
         SELECT FROM ${schema}.rollup_late WHERE hour >= $1 AND hour < $2 AND series LIKE '% %'
       ) OR EXISTS (
         SELECT FROM ${schema}.chain_series c
         LEFT JOIN ${schema}.rollup_series s ON s.series = c.product || ' ' || c.expiry
         CROSS JOIN LATERAL (
           SELECT FROM ${schema}.${name} t
           WHERE t.product = c.product AND t.expiry = c.expiry AND t.ts >= coalesce(s.rolled_to, $1) LIMIT 1
         ) AS later
         WHERE c.first_ts < $2
       ) AS late`,
      [instant(startOfDay(day)), instant(startOfDay(day + 1))],
    );
    return !rows[0].late;
  };
  if (await isRolled()) {
    await detach(session, schema, partition);
    if (await isRolled()) return true;
  }
  // Also where a removal was interrupted: its rows are rolled up only once they are attached.
  await attach(session, schema, table, day);
  return false;
}

/** Readers take figures before it from roll-ups, too, from now on. */
const noteRowsFrom = (session: Session, schema: string, epochMs: number): Promise<unknown> =>
  session.query(`UPDATE ${schema}.retention SET rows_from = $1 WHERE rows_from < $1`, [instant(epochMs)]);

/** Takes quotes and ticks before an instant out of the lists of what there is. */
async function forgetQuotes(session: Session, schema: string, epochMs: number): Promise<void> {
  const cut = [instant(epochMs)];
  const first = (table: string, key: string) =>
    `(SELECT min(ts) FROM ${schema}.${table} t WHERE ${key} AND t.ts >= $1)`;
  await session.query(`DELETE FROM ${schema}.tick_series WHERE last_ts < $1`, cut);
  await session.query(
    `UPDATE ${schema}.tick_series s SET first_ts = coalesce(${first('tick', 't.product = s.product')}, s.first_ts)
     WHERE s.first_ts < $1`,
    cut,
  );
  await session.query(
    `UPDATE ${schema}.day_count SET snapshots = 0, quotes = 0, ticks = 0
     WHERE day < $1 AND (snapshots, quotes, ticks) <> (0, 0, 0)`,
    cut,
  );
}

/**
 * Empties the quotes of snapshots whose figures stay, day by day. What a put brings afterwards for those days is noted by its
 * series again, so that it goes the next time. Resolves with the partitions that were emptied.
 */
async function dropQuotes(session: Session, schema: string, epochMs: number): Promise<string[]> {
  const { rows } = await session.query(
    `SELECT min(quotes_from) AS first FROM ${schema}.chain_series WHERE quotes_from < $1`,
    [instant(epochMs)],
  );
  const emptied: string[] = [];
  if (rows[0].first === null) return emptied;
  for (const partition of await partitionsBefore(session, schema, dayOf(epochMs))) {
    const { table, day, name, attached, pending } = partition;
    if (table !== 'snapshot') continue;
    // A removal that was interrupted, before the figures were to be kept for longer.
    if (!attached || pending) await attach(session, schema, table, day);
    if (day >= dayOf(rows[0].first) && (await emptyDay(session, schema, day))) emptied.push(name);
  }
  await moveQuotesFrom(session, schema, epochMs, null);
  return emptied;
}

/** Whether any snapshot of the day had quotes. */
async function emptyDay(session: Session, schema: string, day: number): Promise<boolean> {
  const partition = `${schema}.${partitionOf('snapshot', day)}`;
  await session.query(BEGIN);
  try {
    const { rowCount } = await session.query(
      `UPDATE ${partition} SET data = '' WHERE octet_length(data) > 0`,
    );
    await moveQuotesFrom(session, schema, startOfDay(day + 1), partition);
    await session.query('COMMIT');
    return (rowCount ?? 0) > 0;
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * Notes that series have no quotes before an instant, but those that puts brought to a partition meanwhile: their series are
 * locked first, so that every put is seen or comes after it.
 */
async function moveQuotesFrom(
  session: Session,
  schema: string,
  epochMs: number,
  partition: string | null,
): Promise<void> {
  const cut = [instant(epochMs)];
  const older = 'quotes_from < $1';
  await session.query(
    `SELECT FROM ${schema}.chain_series WHERE ${older} ORDER BY product, expiry FOR UPDATE`,
    cut,
  );
  const left =
    partition === null
      ? `SELECT NULL::text AS product, NULL::text AS expiry, NULL::timestamptz AS ts WHERE false`
      : `SELECT product, expiry, min(ts) AS ts FROM ${partition} WHERE octet_length(data) > 0 GROUP BY product, expiry`;
  await session.query(
    `WITH remaining AS MATERIALIZED (${left})
     UPDATE ${schema}.chain_series s SET quotes_from = coalesce(
       (SELECT r.ts FROM remaining r WHERE r.product = s.product AND r.expiry = s.expiry),
       (SELECT t.ts FROM ${schema}.snapshot t
        WHERE t.product = s.product AND t.expiry = s.expiry AND t.ts >= $1 ORDER BY t.ts LIMIT 1)
     ) WHERE ${older}`,
    cut,
  );
}

/**
 * Removes figures of products before an instant, but those of hours that are still to be rolled up. They are locked first: a
 * put of the same minute comes after it, or is seen with its mark.
 */
async function removeProductRows(session: Session, schema: string, epochMs: number): Promise<void> {
  const cut = [instant(epochMs)];
  const rolled = 'f.minute < $1 AND s.series = f.product AND f.minute < s.rolled_to';
  await session.query(BEGIN);
  try {
    await session.query(
      `SELECT FROM ${schema}.product_figures f JOIN ${schema}.rollup_series s ON ${rolled}
       ORDER BY f.product, f.minute FOR UPDATE OF f`,
      cut,
    );
    await session.query(
      `DELETE FROM ${schema}.product_figures f USING ${schema}.rollup_series s
       WHERE ${rolled} AND NOT EXISTS (SELECT FROM ${schema}.rollup_late l
                                       WHERE l.series = f.product AND l.hour = date_trunc('hour', f.minute))`,
      cut,
    );
    await session.query('COMMIT');
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

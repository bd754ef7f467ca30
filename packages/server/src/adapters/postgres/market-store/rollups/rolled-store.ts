import { setTimeout as sleep } from 'node:timers/promises';
import { HISTORY_FIGURES, PRODUCT_FIGURE_NAMES } from '@deltastream/contracts';
import { BLOCK_HOUR_MS, createFigureBlockCodec } from '../../../../codec/figure-block.ts';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import { createPacedWarning } from '../../../../kit/logging/paced-warning.ts';
import { chainOfSeries } from '../../../rollups/figure-kinds.ts';
import { type HourBlocks, rolledHour, type SeriesHour } from '../../../rollups/hour-blocks.ts';
import type { Cells } from '../../../rollups/merge-figures.ts';
import type { RolledStore } from '../../../rollups/rollups.ts';
import { binaryArray } from '../../database/binary-arrays.ts';
import type { PostgresConnection, Session } from '../../database/connect.ts';
import { instant } from '../../database/instants.ts';
import { dayOf } from '../partitions.ts';

/** Hours rolled up in one transaction, for whose length puts to them wait. */
const HOURS_AT_ONCE = 32;
/** Days whose partitions one statement may touch. */
const MAX_DAYS = 32;
/** How often, and how long, it is looked whether the transactions that were under way are over. */
const HORIZON_MS = 20;
const HORIZON_WAIT_MS = 5_000; // A put takes milliseconds; the hour is tried again later all the same.
/** How often it is said at most that they are not. */
const WARNING_INTERVAL_MS = 600_000;

const keyOf = ({ series, hour }: SeriesHour): string => `${series} ${hour}`;

/**
 * Rolling up in PostgreSQL. A put marks an hour that it finds rolled up, in its own transaction, which locks the mark; one
 * that had begun before the hour was claimed and did not see it is waited for. Rolling an hour up locks its mark first.
 */
export function createRolledStore(
  connection: PostgresConnection,
  logger: Logger | undefined,
): Omit<RolledStore, 'retain'> {
  const { schema, place } = connection;
  const warn = logger && createPacedWarning(logger, { intervalMs: WARNING_INTERVAL_MS });
  const codec = createFigureBlockCodec();

  /** Waits until every transaction has ended that had begun when `horizon` was looked at; false where that takes long. */
  const isPast = async (horizon: string): Promise<boolean> => {
    for (const deadline = performance.now() + HORIZON_WAIT_MS; ; await sleep(HORIZON_MS)) {
      const { rows } = await connection.run((session) =>
        session.query('SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS past', [horizon]),
      );
      if (rows[0].past) return true;
      if (performance.now() > deadline) {
        const reason = 'a transaction of the database is open for long; pg_stat_activity says whose';
        warn?.(schema, 'rollup_paused', { place, reason });
        return false;
      }
    }
  };

  const rollTogether = async (hours: readonly SeriesHour[]): Promise<readonly string[]> => {
    const problems: string[] = [];
    await connection.transaction(async (session) => {
      const locked = await lockMarks(session, schema, hours);
      if (locked.length === 0) return [];
      const [held, rows, rowsFrom] = await Promise.all([
        heldBlocks(session, schema, locked),
        rowsOf(session, schema, locked),
        session.query(`SELECT rows_from FROM ${schema}.retention`),
      ]);
      const rolled: { readonly at: SeriesHour; readonly blocks: HourBlocks | null }[] = [];
      for (const at of locked) {
        const key = keyOf(at);
        try {
          const hasRows = at.hour >= rowsFrom.rows[0].rows_from;
          const blocks = rolledHour(codec, at, held.get(key) ?? null, rows.get(key) ?? [], hasRows);
          rolled.push({ at, blocks });
        } catch (error) {
          if (!(error instanceof DeltaStreamError)) throw error;
          problems.push(`${place}: ${error.message}`);
        }
      }
      return writeRolled(session, schema, rolled);
    });
    return problems;
  };

  return {
    serverTime: () =>
      connection.run(async (session) => {
        const { rows } = await session.query(
          'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
        );
        return rows[0].ms as number;
      }),
    claim: (overByMs) =>
      connection.maintain(async (session) => {
        const { rowCount } = await session.query(claimStatement(schema), [
          instant(overByMs - BLOCK_HOUR_MS),
          instant(0),
        ]);
        return rowCount ?? 0;
      }),
    async marked(quietSinceMs, after) {
      const { rows } = await connection.run((session) =>
        session.query(
          `SELECT series, hour, pg_snapshot_xmax(pg_current_snapshot())::text AS horizon
           FROM ${schema}.rollup_late WHERE marked_at <= $1 AND (hour, series) > ($2, $3)
           ORDER BY hour, series LIMIT ${HOURS_AT_ONCE}`,
          [instant(quietSinceMs), instant(after?.hour ?? 0), after?.series ?? ''],
        ),
      );
      if (rows.length === 0 || !(await isPast(rows[0].horizon))) return [];
      return rows.map(({ series, hour }) => ({ series, hour }));
    },
    async roll(hours) {
      const problems: string[] = [];
      let group: SeriesHour[] = [];
      for (const at of hours) {
        if (group.length > 0 && dayOf(at.hour) - dayOf(group[0].hour) >= MAX_DAYS) {
          problems.push(...(await rollTogether(group)));
          group = [];
        }
        group.push(at);
      }
      return [...problems, ...(await rollTogether(group))];
    },
  };
}

/** Marks hours of a batch that are rolled up, in its transaction and after its rows. */
export async function markLate(
  session: Session,
  schema: string,
  hours: readonly SeriesHour[],
): Promise<void> {
  if (hours.length === 0) return;
  const distinct = [...new Map(hours.map((at) => [keyOf(at), at])).values()];
  await session.query({
    name: 'mark late hours',
    text: `INSERT INTO ${schema}.rollup_late (series, hour, marked_at)
           SELECT k.series, k.hour, now() FROM unnest($1::text[], $2::timestamptz[]) AS k (series, hour)
           JOIN ${schema}.rollup_series s ON s.series = k.series AND k.hour < s.rolled_to
           ORDER BY k.series, k.hour
           ON CONFLICT (series, hour) DO UPDATE SET marked_at = excluded.marked_at`,
    values: [...keyArrays(distinct)],
  });
}

/**
 * Marks the next hour of each series that begins at or before $1 and has rows, and notes it as rolled up. Series of chains
 * are listed, those of products are found by stepping through the index.
 */
const claimStatement = (schema: string) => `
  WITH RECURSIVE product (name) AS (
    SELECT min(product) FROM ${schema}.product_figures
    UNION ALL
    SELECT (SELECT min(product) FROM ${schema}.product_figures f WHERE f.product > p.name)
    FROM product p WHERE p.name IS NOT NULL
  ), series AS (
    SELECT c.product || ' ' || c.expiry AS series, c.product, c.expiry, greatest(c.first_ts, s.rolled_to) AS next
    FROM ${schema}.chain_series c
    LEFT JOIN ${schema}.rollup_series s ON s.series = c.product || ' ' || c.expiry
    WHERE c.last_ts >= coalesce(s.rolled_to, $2)
    UNION ALL
    SELECT p.name, p.name, NULL, coalesce(s.rolled_to, $2)
    FROM product p LEFT JOIN ${schema}.rollup_series s ON s.series = p.name WHERE p.name IS NOT NULL
  ), due AS (
    SELECT series, date_trunc('hour', CASE WHEN expiry IS NULL
      THEN (SELECT min(f.minute) FROM ${schema}.product_figures f WHERE f.product = s.product AND f.minute >= s.next)
      ELSE (SELECT t.ts FROM ${schema}.snapshot t
            WHERE t.product = s.product AND t.expiry = s.expiry AND t.ts >= s.next ORDER BY t.ts LIMIT 1)
      END) AS hour
    FROM series s WHERE date_trunc('hour', next) <= $1
  ), marked AS (
    INSERT INTO ${schema}.rollup_late (series, hour, marked_at)
    SELECT series, hour, $2 FROM due WHERE hour <= $1 ORDER BY series ON CONFLICT DO NOTHING
  )
  INSERT INTO ${schema}.rollup_series AS held (series, rolled_to)
  SELECT series, hour + interval '1 hour' FROM due WHERE hour <= $1 ORDER BY series
  ON CONFLICT (series) DO UPDATE SET rolled_to = greatest(held.rolled_to, excluded.rolled_to)`;

function* keyArrays(hours: readonly SeriesHour[]): Iterable<Buffer> {
  yield binaryArray(
    'text',
    hours.map(({ series }) => series),
  );
  yield binaryArray(
    'timestamptz',
    hours.map(({ hour }) => hour),
  );
}

const KEYS = 'unnest($1::text[], $2::timestamptz[]) AS k (series, hour)';

/** Locks those marks that no put is just making; the others are rolled up later. */
async function lockMarks(
  session: Session,
  schema: string,
  hours: readonly SeriesHour[],
): Promise<readonly SeriesHour[]> {
  const { rows } = await session.query<{ series: string; hour: number }>(
    `SELECT l.series, l.hour FROM ${schema}.rollup_late l, ${KEYS}
     WHERE l.series = k.series AND l.hour = k.hour ORDER BY l.series, l.hour FOR UPDATE OF l SKIP LOCKED`,
    [...keyArrays(hours)],
  );
  return rows;
}

async function heldBlocks(
  session: Session,
  schema: string,
  hours: readonly SeriesHour[],
): Promise<ReadonlyMap<string, HourBlocks>> {
  const { rows } = await session.query<HourBlocks & SeriesHour>(
    `SELECT r.series, r.hour, r.minutes, r.quarters FROM ${schema}.rollup r, ${KEYS}
     WHERE r.series = k.series AND r.hour = k.hour`,
    [...keyArrays(hours)],
  );
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** The last row of each minute of hours: the time, and the figures of the kind of its series. */
async function rowsOf(
  session: Session,
  schema: string,
  hours: readonly SeriesHour[],
): Promise<ReadonlyMap<string, Cells[]>> {
  const found = new Map<string, Cells[]>();
  const take = (records: readonly Record<string, unknown>[], names: readonly string[]) => {
    for (const { place, ...record } of records) {
      const key = keyOf(hours[Number(place) - 1]);
      const row = names.map((name) => record[name] as number | null);
      found.set(key, [...(found.get(key) ?? []), row]);
    }
  };
  const places = hours.map((at, i) => ({ ...at, place: i + 1, chain: chainOfSeries(at.series) }));
  const ofChains = places.filter(({ chain }) => chain !== null);
  const ofProducts = places.filter(({ chain }) => chain === null);
  const columns = (names: readonly string[]) => names.map((name) => `t."${name}"`).join(', ');
  if (ofChains.length > 0) {
    const times = ofChains.map(({ hour }) => hour);
    const names = ['ts', ...HISTORY_FIGURES];
    const { rows } = await session.query(
      `SELECT k.place, s.* FROM unnest($1::integer[], $2::text[], $3::text[], $4::timestamptz[])
         AS k (place, product, expiry, hour)
       CROSS JOIN LATERAL (
         SELECT DISTINCT ON (date_trunc('minute', t.ts)) ${columns(names)} FROM ${schema}.snapshot t
         WHERE t.product = k.product AND t.expiry = k.expiry
           AND t.ts >= k.hour AND t.ts < k.hour + interval '1 hour' AND t.ts >= $5 AND t.ts < $6
         ORDER BY date_trunc('minute', t.ts), t.ts DESC
       ) AS s`,
      [
        binaryArray(
          'integer',
          ofChains.map(({ place }) => place),
        ),
        binaryArray(
          'text',
          ofChains.map(({ chain }) => chain?.product ?? ''),
        ),
        binaryArray(
          'text',
          ofChains.map(({ chain }) => chain?.expiry ?? ''),
        ),
        binaryArray('timestamptz', times),
        instant(times.reduce((a, b) => Math.min(a, b))),
        instant(times.reduce((a, b) => Math.max(a, b)) + BLOCK_HOUR_MS),
      ],
    );
    take(rows, names);
  }
  if (ofProducts.length > 0) {
    const names = ['ts', 'as_of', 'progress', ...PRODUCT_FIGURE_NAMES];
    const { rows } = await session.query(
      `SELECT k.place, ${columns(names)}
       FROM unnest($1::integer[], $2::text[], $3::timestamptz[]) AS k (place, product, hour)
       JOIN ${schema}.product_figures t
         ON t.product = k.product AND t.minute >= k.hour AND t.minute < k.hour + interval '1 hour'`,
      [
        binaryArray(
          'integer',
          ofProducts.map(({ place }) => place),
        ),
        binaryArray(
          'text',
          ofProducts.map(({ series }) => series),
        ),
        binaryArray(
          'timestamptz',
          ofProducts.map(({ hour }) => hour),
        ),
      ],
    );
    take(rows, names);
  }
  return found;
}

function writeRolled(
  session: Session,
  schema: string,
  rolled: readonly { readonly at: SeriesHour; readonly blocks: HourBlocks | null }[],
): readonly Promise<unknown>[] {
  const written = rolled.flatMap(({ at, blocks }) => (blocks === null ? [] : [{ ...at, ...blocks }]));
  return [
    session.query(
      `INSERT INTO ${schema}.rollup (series, hour, minutes, quarters)
       SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bytea[], $4::bytea[])
       ON CONFLICT (series, hour) DO UPDATE SET minutes = excluded.minutes, quarters = excluded.quarters`,
      [
        ...keyArrays(written),
        binaryArray(
          'bytea',
          written.map(({ minutes }) => minutes),
        ),
        binaryArray(
          'bytea',
          written.map(({ quarters }) => quarters),
        ),
      ],
    ),
    session.query(
      `DELETE FROM ${schema}.rollup_late l USING ${KEYS} WHERE l.series = k.series AND l.hour = k.hour`,
      [...keyArrays(rolled.map(({ at }) => at))],
    ),
  ];
}

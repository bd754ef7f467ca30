import { setTimeout as sleep } from 'node:timers/promises';
import { PRODUCT_FIGURE_NAMES } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../../kit/logging/log.ts';
import {
  barAt,
  EXPIRY,
  NOON,
  QUOTES_OF_CHAIN,
  storableChain,
  tickAt,
} from '../../../../ports/stores/market/market-store.fixture.ts';
import type { StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { ALL, collect, DAY_MS } from '../../../../ports/stores/market/market-store-stand.fixture.ts';
import { havePostgres } from '../../../../testing/servers/postgres-server.ts';
import { createPartitions } from '../partitions.ts';
import { postgresStand } from '../postgres-stand.fixture.ts';
import { createRetention } from '../retention.ts';
import { createBatch } from '../writing/batch.ts';
import { createWriter } from '../writing/writer.ts';

/** Of a sweep that nothing ends. */
const NEVER = new AbortController().signal;

describe.runIf(havePostgres)('what PostgreSQL rolls up and keeps', () => {
  const stand = postgresStand();
  /** Removes what is before an instant and rolled up. */
  const retainFrom = async (epochMs: number): Promise<() => Promise<void>> => {
    const retain = createRetention(await stand.connect(), { forget: () => undefined }, undefined);
    return () => retain({ snapshotsBeforeMs: epochMs, rowsBeforeMs: epochMs, minutesBeforeMs: null }, NEVER);
  };

  it('makes partitions ahead, and drops those that retention does not keep, with their counts', async () => {
    const store = await stand.open();
    const days = [0, 1, 5].map((day) => NOON + day * DAY_MS);
    await store.putSnapshots(days.map((timestamp, seq) => storableChain({ timestamp, seq })));
    await store.putSnapshots([storableChain({ expiry: '2026-08-20', timestamp: NOON })]);
    await store.putTicks(
      days.map((day) => tickAt(day)),
      days.map((day) => barAt(day, 5)),
    );
    const connection = await stand.connect();
    const settings = { daysAhead: 2, keepSnapshots: 3, sweepIntervalMs: 1_000_000 };
    const partitions = createPartitions(connection, settings, undefined);
    const names = async () =>
      (
        await stand.query(
          `SELECT relname FROM pg_class WHERE relnamespace = '"{}"'::regnamespace AND relname ~ '^snapshot_2026(08|09)\\d\\d$' ORDER BY 1`,
        )
      ).map(({ relname }) => String(relname).slice(-4));
    expect(await names()).toEqual(['0819', '0820', '0824']);
    await store.rollUpAll();
    // As when a removal was interrupted.
    await stand.query('ALTER TABLE "{}".snapshot DETACH PARTITION "{}".snapshot_20260820');
    await partitions.makeAhead(days[2]);
    const before = partitions.firstKept(days[2]) * DAY_MS;
    const bounds = { snapshotsBeforeMs: before, rowsBeforeMs: before, minutesBeforeMs: null };
    await createRetention(connection, partitions, undefined)(bounds, NEVER);
    expect(await names()).toEqual(['0824', '0825', '0826']);
    expect(await store.counts()).toMatchObject({ snapshots: 1, quotes: QUOTES_OF_CHAIN, ticks: 1, bars: 3 });
    // Roll-ups of their figures stay.
    expect(await store.expiries('NIFTY')).toMatchObject([
      { expiry: '2026-08-20', firstTimestamp: NOON },
      { expiry: EXPIRY, firstTimestamp: NOON },
    ]);
    expect(await store.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(3);
    expect(await collect(store.snapshots('NIFTY', EXPIRY, ALL))).toHaveLength(1);
    expect(await store.ticks('NIFTY', ALL)).toHaveLength(1);
    // What comes late is taken, until the next sweep.
    await store.putSnapshots([storableChain({ timestamp: days[1] })]);
    expect(await collect(store.snapshots('NIFTY', EXPIRY, ALL))).toHaveLength(2);
  });

  it('drops no day of which a row is not rolled up, also after a removal that was interrupted', async () => {
    const store = await stand.open();
    await store.putSnapshots([storableChain()]);
    await store.rollUpAll();
    // After the last hour was claimed: an hour that is not marked, and a series that is not known to be rolled up.
    const late = [storableChain({ timestamp: NOON + 7_200_000 }), storableChain({ expiry: '2026-08-20' })];
    await store.putSnapshots(late);
    const retain = await retainFrom(NOON + 5 * DAY_MS);
    const days = () => stand.query(`SELECT to_regclass('"{}".snapshot_20260819') IS NOT NULL AS held`);
    const figures = async () => [
      ...(await store.summaries('NIFTY', EXPIRY, ALL)),
      ...(await store.summaries('NIFTY', '2026-08-20', ALL)),
    ];
    const all = await figures();
    expect(all).toHaveLength(3);
    for (const statement of [
      'SELECT 1',
      'ALTER TABLE "{}".snapshot DETACH PARTITION "{}".snapshot_20260819',
    ]) {
      await stand.query(statement);
      await retain();
      expect(await days()).toEqual([{ held: true }]);
      expect(await figures()).toEqual(all);
    }
    await store.rollUpAll();
    await retain();
    expect(await days()).toEqual([{ held: false }]);
    expect((await figures()).map(({ pcr_oi }) => pcr_oi)).toEqual(all.map(({ pcr_oi }) => pcr_oi));
  });

  it('closes without waiting for a removal that waits for a reader', async () => {
    const filling = await stand.open();
    await filling.putSnapshots([storableChain({ timestamp: Date.UTC(2025, 5, 2, 6) })]);
    await filling.close();
    const connection = await stand.connect();
    await connection.run(async (session) => {
      await session.query(`BEGIN; SELECT FROM "${stand.schema}".snapshot`);
      // Longer than the test, so that the removal does not give up.
      const keeping = { keepSnapshots: 7, keepSummaries: 7, lockTimeoutMs: 60_000 };
      const store = await stand.open({ ...keeping });
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%DETACH%${'{}'}%'`;
      await expect.poll(() => stand.query(waiting)).toHaveLength(1);
      const closed = store.close().then(() => 'closed');
      expect(await Promise.race([closed, sleep(5_000, 'waits', { ref: false })])).toBe('closed');
      await session.query('COMMIT');
    });
    // What was begun is ended by the next one.
    const store = await stand.open({
      keepSnapshots: 7,
      keepSummaries: 7,
    });
    const held = async () => {
      await store.sweep(Date.now());
      return stand.query(`SELECT to_regclass('"{}".snapshot_20250602') AS held`);
    };
    await expect.poll(held).toEqual([{ held: null }]);
    expect(await store.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(1);
  });

  it('shows quotes of a chain that a storage of an earlier release listed, until they go', async () => {
    const store = await stand.open();
    await store.putSnapshots([storableChain()]);
    // As that one does, which does not know the column.
    await stand.query(`CREATE TEMP TABLE listed AS SELECT * FROM "{}".chain_series; DELETE FROM "{}".chain_series;
                 INSERT INTO "{}".chain_series (product, expiry, first_ts, last_ts, expiry_at, currency, spot)
                 SELECT product, expiry, first_ts, last_ts, expiry_at, currency, spot FROM listed; DROP TABLE listed`);
    expect(await store.latest('NIFTY', EXPIRY)).toEqual(storableChain());
    const connection = await stand.connect();
    const bounds = { snapshotsBeforeMs: NOON + 5 * DAY_MS, rowsBeforeMs: null, minutesBeforeMs: null };
    await createRetention(connection, { forget: () => undefined }, undefined)(bounds, NEVER);
    expect(await store.latest('NIFTY', EXPIRY)).toBeNull();
    expect(await stand.query('SELECT quotes_from FROM "{}".chain_series')).toEqual([{ quotes_from: null }]);
  });

  it('says that a long transaction keeps figures from being rolled up', async () => {
    const lines: string[] = [];
    const logger = createLogger('warn', { write: (line) => void lines.push(line) });
    const store = await stand.open({ logger });
    await store.putSnapshots([storableChain()]);
    const connection = await stand.connect({ idleTransactionMs: 30_000 });
    await connection.run(async (session) => {
      await session.query('BEGIN; SELECT pg_current_xact_id()');
      await store.rollUpAll();
      await session.query('COMMIT');
    });
    expect(lines.filter((line) => line.includes('figures are not rolled up meanwhile'))).toHaveLength(1);
    await store.rollUpAll();
    expect(await stand.query('SELECT FROM "{}".rollup')).toHaveLength(1);
  });

  it('removes no figures of a product that a put changes at that moment', async () => {
    const store = await stand.open();
    const values = Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, 0.5]));
    const figures = {
      product: 'NIFTY',
      timestamp: NOON,
      as_of: NOON,
      progress: 1,
      values,
    } as StoredProductFigures;
    await store.putProductFigures([figures]);
    await store.rollUpAll();
    const connection = await stand.connect();
    const retain = await retainFrom(NOON + 5 * DAY_MS);
    await connection.run(async (session) => {
      // As a put does that is under way.
      await session.query(`BEGIN; UPDATE "${stand.schema}".product_figures SET iv_30d = 0.7, ts = ts + interval '1 second';
                           INSERT INTO "${stand.schema}".rollup_late SELECT product, date_trunc('hour', minute), now()
                           FROM "${stand.schema}".product_figures`);
      const retained = retain();
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{}%product_figures%'`;
      await expect.poll(() => stand.query(waiting)).toHaveLength(1);
      await session.query('COMMIT');
      await retained;
    });
    const changed = [{ timestamp: NOON + 1000, values: { iv_30d: 0.7 } }];
    expect(await store.lastProductFigures('NIFTY', [NOON], NOON + 60_000, ['iv_30d'])).toMatchObject(changed);
    await store.rollUpAll();
    await retain();
    expect(await stand.query('SELECT FROM "{}".product_figures')).toEqual([]);
    expect(await store.lastProductFigures('NIFTY', [NOON], NOON + 60_000, ['iv_30d'])).toMatchObject(changed);
  });

  it('rolls no hour up before a put that did not see it claimed has ended', async () => {
    const store = await stand.open();
    await store.putSnapshots([storableChain({ seq: 14 })]);
    const connection = await stand.connect();
    await connection.run(async (session) => {
      await session.query('BEGIN');
      // As a put does that is under way: another row of the hour, and no mark.
      await session.query(`CREATE TEMP TABLE late AS SELECT * FROM "${stand.schema}".snapshot;
                           UPDATE late SET ts = ts + interval '1 minute', pcr_oi = 77;
                           INSERT INTO "${stand.schema}".snapshot SELECT * FROM late`);
      const rolled = store.rollUpAll();
      await expect.poll(() => stand.query('SELECT FROM "{}".rollup_late')).toHaveLength(1);
      await sleep(100);
      expect(await stand.query('SELECT FROM "{}".rollup')).toEqual([]);
      await session.query('COMMIT');
      await rolled;
    });
    expect(await stand.query('SELECT FROM "{}".rollup_late')).toEqual([]);
    const both = await store.lastSummaries('NIFTY', EXPIRY, [NOON, NOON + 60_000], NOON + 120_000, [
      'pcr_oi',
    ]);
    expect(both.map(({ pcr_oi }) => pcr_oi)).toEqual([2, 77]);
  });

  it('reads a schema of the release before roll-ups, also while a storage brings it up to date', async () => {
    const store = await stand.open();
    const chain = storableChain({ seq: 14 });
    await store.putSnapshots([chain]);
    await store.close();
    await stand.query(`DROP TABLE "{}".rollup, "{}".rollup_series, "{}".rollup_late, "{}".retention;
                 ALTER TABLE "{}".chain_series DROP COLUMN quotes_from; UPDATE "{}".schema_version SET version = 1`);
    const reader = await stand.read();
    const read = async () => [
      await reader.latest('NIFTY', EXPIRY),
      await reader.lastSummaries('NIFTY', EXPIRY, [NOON], NOON + 60_000, ['pcr_oi']),
    ];
    const expected = [chain, [{ timestamp: NOON, pcr_oi: 2 }]];
    expect(await read()).toEqual(expected);
    const upgraded = await stand.open();
    expect(await read()).toEqual(expected);
    await upgraded.rollUpAll();
    expect(await read()).toEqual(expected);
  });

  it('computes no bar anew of a day whose ticks retention has dropped', async () => {
    const store = await stand.open();
    const held = barAt(NOON, 5, { open_at: NOON - 1, high: 9, low: 1, close_at: NOON + 1 });
    await store.putTicks([], [held]);
    const connection = await stand.connect();
    const putsThrough = (keepSnapshots: number) => {
      const settings = { daysAhead: 0, keepSnapshots, sweepIntervalMs: 1_000_000 };
      const writer = createWriter(connection, createPartitions(connection, settings, undefined), []);
      return (seq: number, price: number) =>
        writer.commit(createBatch([{ ticks: [tickAt(NOON, { seq, price })] }]));
    };
    const [put, putKeepingAll] = [putsThrough(1), putsThrough(0)];
    await put(1, 5);
    await put(2, 6);
    expect(await store.ticks('NIFTY', ALL)).toMatchObject([{ price: 6 }]);
    expect(await store.bars('NIFTY', '1m', ALL)).toEqual([held]);
    await putKeepingAll(3, 7);
    expect(await store.bars('NIFTY', '1m', ALL)).toEqual([barAt(NOON, 7)]);
  });

  it('attaches a partition again that an interrupted removal left, with what is in it', async () => {
    const store = await stand.open();
    await store.putSnapshots([storableChain()]);
    await stand.query('ALTER TABLE "{}".snapshot DETACH PARTITION "{}".snapshot_20260819');
    const other = await stand.open();
    await other.putSnapshots([storableChain({ timestamp: NOON + 1, seq: 2 })]);
    expect(await collect(other.snapshots('NIFTY', EXPIRY, ALL))).toHaveLength(2);
  });

  it('opens while something reads what retention drops, says that it waits, and takes late rows afterwards', async () => {
    const chain = storableChain({ seq: 3 });
    await (await stand.open()).putSnapshots([storableChain()]);
    const logged: string[] = [];
    const logger = createLogger('warn', { write: (line) => void logged.push(line) });
    const settings = { keepSnapshots: 1, keepSummaries: 1, lockTimeoutMs: 300, logger };
    const reader = await stand.connect();
    const store = await reader.run(async (session) => {
      await session.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM "${stand.schema}".snapshot`);
      const opening = await stand.open(settings);
      await expect.poll(() => logged.join()).toMatch(/lock timeout.*could not be removed/);
      expect(await stand.query('SELECT FROM pg_inherits WHERE inhdetachpending')).toHaveLength(1);
      await expect(opening.putSnapshots([chain])).rejects.toThrow(/lock timeout/);
      await session.query('COMMIT');
      return opening;
    });
    await store.putSnapshots([chain]);
    expect(await store.latest('NIFTY', EXPIRY)).toEqual(chain);
  });
});

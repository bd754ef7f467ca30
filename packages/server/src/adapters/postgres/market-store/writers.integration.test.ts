import { setTimeout as sleep } from 'node:timers/promises';
import { PRODUCT_FIGURE_NAMES } from '@deltastream/contracts';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../kit/logging/log.ts';
import {
  barAt,
  EXPIRY,
  NOON,
  QUOTES_OF_CHAIN,
  storableChain,
  tickAt,
} from '../../../ports/stores/market-store.fixture.ts';
import type { MarketStore, StoredProductFigures } from '../../../ports/stores/market-store.ts';
import { ALL, collect, DAY_MS } from '../../../ports/stores/market-store-stand.fixture.ts';
import {
  havePostgres,
  type PostgresServer,
  startPostgresServer,
  uniqueSchema,
} from '../../../testing/servers/postgres-server.ts';
import type { RollingMarketStore } from '../../rollups/rollups.ts';
import { connectPostgres } from '../database/connect.ts';
import { createPostgresMarketStore, openPostgresMarketReader } from './market-store-postgres.ts';
import { createPartitions } from './partitions.ts';
import { createRetention } from './retention.ts';
import { createBatch } from './writing/batch.ts';
import { createWriter } from './writing/writer.ts';

/** Of a sweep that nothing ends. */
const NEVER = new AbortController().signal;

describe.runIf(havePostgres)('a market store in PostgreSQL', () => {
  let server: PostgresServer;
  let schema: string;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server?.stop());
  beforeEach(() => {
    schema = uniqueSchema();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    await server.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  });
  const open = async (url = server.url): Promise<RollingMarketStore> => {
    const store = await createPostgresMarketStore({ url, schema });
    opened.push(store);
    return store;
  };
  const query = (text: string) => server.query(text.replaceAll('{}', schema));

  it('ends in the same state and counts when several processes write the same at the same time', async () => {
    const stores = await Promise.all([open(), open(), open()]);
    const version = fc.record({
      timestamp: fc.integer({ min: 0, max: 5 }).map((i) => NOON + (i % 2) * DAY_MS + i),
      seq: fc.integer({ min: 1, max: 3 }),
      generation: fc.constantFrom(undefined, 1, -1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(version, { minLength: 8, maxLength: 16 }), async (versions) => {
        const state = async (store: MarketStore, product: string) => ({
          chains: (await collect(store.snapshots(product, EXPIRY, ALL))).map((chain) => ({
            ...chain,
            product: '',
          })),
          ticks: (await store.ticks(product, ALL)).map((tick) => ({ ...tick, product: '' })),
          bars: (await store.bars(product, '5m', ALL)).map((bar) => ({ ...bar, product: '' })),
        });
        const before = await stores[0].counts();
        const put = (store: MarketStore, product: string, given: (typeof versions)[number]) => {
          const price = 100 + given.seq + 10 * (given.generation ?? 0);
          const start = given.timestamp - (given.timestamp % 300_000);
          const bar = barAt(given.timestamp, price, { product, interval: '5m', start });
          return Promise.all([
            store.putSnapshots([storableChain({ ...given, product })]),
            store.putTicks([tickAt(given.timestamp, { ...given, product, price })], [bar]),
          ]);
        };
        const [apart, alone] = [`A${before.snapshots}`, `B${before.snapshots}`];
        for (const given of versions) await put(stores[0], alone, given);
        const between = await stores[0].counts();
        await Promise.all(
          [...versions, ...versions].map((given, i) => put(stores[i % stores.length], apart, given)),
        );
        expect(await state(stores[1], apart)).toEqual(await state(stores[2], alone));
        const after = await stores[0].counts();
        for (const what of ['snapshots', 'quotes', 'ticks', 'bars'] as const) {
          expect(after[what] - between[what], what).toBe(between[what] - before[what]);
        }
      }),
      { numRuns: 6 },
    );
  });

  it('changes nothing of a batch of which a part met another writer', async () => {
    const store = await open();
    // So far apart that each is looked for by a statement of its own: the tick has failed before the last is answered.
    const chains = [0, 40, 80].map((day) => storableChain({ timestamp: NOON + day * DAY_MS }));
    await store.putSnapshots(chains);
    // A tick is not inserted and no other is at its key, as when another writer removed it in between.
    await query(`CREATE FUNCTION "{}".skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                 CREATE TRIGGER skip BEFORE INSERT ON "{}".tick FOR EACH ROW EXECUTE FUNCTION "{}".skip()`);
    const puts = await Promise.allSettled([
      store.putSnapshots(chains.map((chain) => ({ ...chain, seq: 2 }))),
      store.putTicks([tickAt(NOON)], []),
    ]);
    for (const put of puts) expect(put).toMatchObject({ reason: { code: 'store_failed' } });
    expect(await query('SELECT DISTINCT seq::integer AS seq FROM "{}".snapshot')).toEqual([{ seq: 1 }]);
    expect(await store.counts()).toMatchObject({ snapshots: 3, quotes: 3 * QUOTES_OF_CHAIN, ticks: 0 });
  });

  it('takes no isolation that a role has by default, under which writers of the same rows would fail', async () => {
    await query(`CREATE ROLE "{}_strict" LOGIN SUPERUSER PASSWORD 's';
                 ALTER ROLE "{}_strict" SET default_transaction_isolation = 'serializable'`);
    const connection = await connectPostgres({ url: server.urlOf(`${schema}_strict`, 's'), schema }, '');
    opened.push(connection);
    let isolation: unknown;
    await connection.transaction(async (session) => {
      isolation = (await session.query('SHOW transaction_isolation')).rows[0];
      return [];
    });
    expect(isolation).toEqual({ transaction_isolation: 'read committed' });
  });

  it('refuses to return a snapshot that is damaged, and names it; putting it again makes it good', async () => {
    const store = await open();
    const [first, second] = [storableChain(), storableChain({ timestamp: NOON + 1, seq: 2 })];
    await store.putSnapshots([first, second]);
    await query(`UPDATE "{}".snapshot SET data = set_byte(data, length(data) - 1, 255 - get_byte(data, length(data) - 1))
                 WHERE seq = 2`);
    await expect(store.latest('NIFTY', EXPIRY)).rejects.toMatchObject({
      code: 'stored_data_damaged',
      message: expect.stringMatching(/snapshot of NIFTY 2026-08-25 at 2026-08-19T12:00:00.001Z: .*checksum/),
    });
    expect(await store.asOf('NIFTY', EXPIRY, NOON)).toEqual(first);
    await store.putSnapshots([second]);
    expect(await store.latest('NIFTY', EXPIRY)).toEqual(second);
    await query(
      `UPDATE "{}".snapshot s SET data = t.data FROM "{}".snapshot t WHERE s.seq = 2 AND t.seq = 1`,
    );
    await expect(store.latest('NIFTY', EXPIRY)).rejects.toThrow(/another lies in its place/);
  });

  it('refuses a text that it cannot keep, and nothing else with it', async () => {
    const store = await open();
    const refused = store.putTicks([tickAt(NOON, { source: 'a\0b' })], []);
    const taken = store.putTicks([tickAt(NOON + 1)], []);
    await expect(refused).rejects.toMatchObject({ code: 'malformed_message', permanent: true });
    await taken;
    expect(await store.counts()).toMatchObject({ ticks: 1 });
  });

  it('writes a repeated snapshot only once', async () => {
    const store = await open();
    const places = () => query(`SELECT ctid::text, xmin::text FROM "{}".snapshot`);
    await store.putSnapshots([storableChain()]);
    const before = await places();
    await store.putSnapshots([storableChain()]);
    expect(await places()).toEqual(before);
    await store.putSnapshots([storableChain({ spot: 1 })]);
    expect(await places()).not.toEqual(before);
    expect(await store.counts()).toMatchObject({ snapshots: 1, quotes: QUOTES_OF_CHAIN });
  });

  it('keeps figures as columns: adds those it lacks, reads without them, clears what it does not know', async () => {
    const store = await open();
    await store.putSnapshots([storableChain({ seq: 14 })]);
    const [row] = await query(`SELECT pcr_oi, spot_price, atm_iv FROM "{}".snapshot WHERE product = 'NIFTY'`);
    expect(row).toEqual({ pcr_oi: 2, spot_price: 24_012.35, atm_iv: null });
    await query(
      'ALTER TABLE "{}".snapshot DROP COLUMN pcr_oi, ADD COLUMN of_a_newer_release float8 DEFAULT 7',
    );
    const reader = await openPostgresMarketReader({ url: server.url, schema });
    opened.push(reader);
    expect(await reader.summaries('NIFTY', EXPIRY, ALL)).toMatchObject([
      { pcr_oi: null, spot_price: 24_012.35 },
    ]);
    const again = await open();
    await again.putSnapshots([storableChain({ seq: 21 })]);
    expect(await reader.summaries('NIFTY', EXPIRY, ALL)).toMatchObject([{ pcr_oi: 3 }]);
    expect(await query('SELECT of_a_newer_release FROM "{}".snapshot')).toEqual([{ of_a_newer_release: 7 }]);
  });

  it('makes partitions ahead, and drops those that retention does not keep, with their counts', async () => {
    const store = await open();
    const days = [0, 1, 5].map((day) => NOON + day * DAY_MS);
    await store.putSnapshots(days.map((timestamp, seq) => storableChain({ timestamp, seq })));
    await store.putSnapshots([storableChain({ expiry: '2026-08-20', timestamp: NOON })]);
    await store.putTicks(
      days.map((day) => tickAt(day)),
      days.map((day) => barAt(day, 5)),
    );
    const connection = await connectPostgres({ url: server.url, schema }, '');
    opened.push(connection);
    const settings = { daysAhead: 2, keepSnapshots: 3, sweepIntervalMs: 1_000_000 };
    const partitions = createPartitions(connection, settings, undefined);
    const names = async () =>
      (
        await query(
          `SELECT relname FROM pg_class WHERE relnamespace = '"{}"'::regnamespace AND relname ~ '^snapshot_2026(08|09)\\d\\d$' ORDER BY 1`,
        )
      ).map(({ relname }) => String(relname).slice(-4));
    expect(await names()).toEqual(['0819', '0820', '0824']);
    await store.rollUpAll();
    // As when a removal was interrupted.
    await query('ALTER TABLE "{}".snapshot DETACH PARTITION "{}".snapshot_20260820');
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
    const store = await open();
    await store.putSnapshots([storableChain()]);
    await store.rollUpAll();
    // After the last hour was claimed: an hour that is not marked, and a series that is not known to be rolled up.
    const late = [storableChain({ timestamp: NOON + 7_200_000 }), storableChain({ expiry: '2026-08-20' })];
    await store.putSnapshots(late);
    const connection = await connectPostgres({ url: server.url, schema }, '');
    opened.push(connection);
    const before = NOON + 5 * DAY_MS;
    const bounds = { snapshotsBeforeMs: before, rowsBeforeMs: before, minutesBeforeMs: null };
    const retain = createRetention(connection, { forget: () => undefined }, undefined);
    const days = () => query(`SELECT to_regclass('"{}".snapshot_20260819') IS NOT NULL AS held`);
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
      await query(statement);
      await retain(bounds, NEVER);
      expect(await days()).toEqual([{ held: true }]);
      expect(await figures()).toEqual(all);
    }
    await store.rollUpAll();
    await retain(bounds, NEVER);
    expect(await days()).toEqual([{ held: false }]);
    expect((await figures()).map(({ pcr_oi }) => pcr_oi)).toEqual(all.map(({ pcr_oi }) => pcr_oi));
  });

  it('closes without waiting for a removal that waits for a reader', async () => {
    const filling = await open();
    await filling.putSnapshots([storableChain({ timestamp: Date.UTC(2025, 5, 2, 6) })]);
    await filling.close();
    const connection = await connectPostgres({ url: server.url, schema }, '');
    opened.push(connection);
    await connection.run(async (session) => {
      await session.query(`BEGIN; SELECT FROM "${schema}".snapshot`);
      // Longer than the test, so that the removal does not give up.
      const keeping = { keepSnapshots: 7, keepSummaries: 7, lockTimeoutMs: 60_000 };
      const store = await createPostgresMarketStore({ url: server.url, schema, ...keeping });
      opened.push(store);
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%DETACH%${'{}'}%'`;
      await expect.poll(() => query(waiting), { timeout: 10_000 }).toHaveLength(1);
      const closed = store.close().then(() => 'closed');
      expect(await Promise.race([closed, sleep(5_000, 'waits', { ref: false })])).toBe('closed');
      await session.query('COMMIT');
    });
    // What was begun is ended by the next one.
    const store = await createPostgresMarketStore({
      url: server.url,
      schema,
      keepSnapshots: 7,
      keepSummaries: 7,
    });
    opened.push(store);
    const held = async () => {
      await store.sweep(Date.now());
      return query(`SELECT to_regclass('"{}".snapshot_20250602') AS held`);
    };
    await expect.poll(held, { timeout: 10_000 }).toEqual([{ held: null }]);
    expect(await store.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(1);
  });

  it('shows quotes of a chain that a storage of an earlier release listed, until they go', async () => {
    const store = await open();
    await store.putSnapshots([storableChain()]);
    // As that one does, which does not know the column.
    await query(`CREATE TEMP TABLE listed AS SELECT * FROM "{}".chain_series; DELETE FROM "{}".chain_series;
                 INSERT INTO "{}".chain_series (product, expiry, first_ts, last_ts, expiry_at, currency, spot)
                 SELECT product, expiry, first_ts, last_ts, expiry_at, currency, spot FROM listed; DROP TABLE listed`);
    expect(await store.latest('NIFTY', EXPIRY)).toEqual(storableChain());
    const connection = await connectPostgres({ url: server.url, schema }, '');
    opened.push(connection);
    const bounds = { snapshotsBeforeMs: NOON + 5 * DAY_MS, rowsBeforeMs: null, minutesBeforeMs: null };
    await createRetention(connection, { forget: () => undefined }, undefined)(bounds, NEVER);
    expect(await store.latest('NIFTY', EXPIRY)).toBeNull();
    expect(await query('SELECT quotes_from FROM "{}".chain_series')).toEqual([{ quotes_from: null }]);
  });

  it('says that a long transaction keeps figures from being rolled up', async () => {
    const lines: string[] = [];
    const logger = createLogger('warn', { write: (line) => void lines.push(line) });
    const store = await createPostgresMarketStore({ url: server.url, schema, logger });
    opened.push(store);
    await store.putSnapshots([storableChain()]);
    const connection = await connectPostgres({ url: server.url, schema, idleTransactionMs: 30_000 }, '');
    opened.push(connection);
    await connection.run(async (session) => {
      await session.query('BEGIN; SELECT pg_current_xact_id()');
      await store.rollUpAll();
      await session.query('COMMIT');
    });
    expect(lines.filter((line) => line.includes('figures are not rolled up meanwhile'))).toHaveLength(1);
    await store.rollUpAll();
    expect(await query('SELECT FROM "{}".rollup')).toHaveLength(1);
  });

  it('removes no figures of a product that a put changes at that moment', async () => {
    const store = await open();
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
    const connection = await connectPostgres({ url: server.url, schema }, '');
    opened.push(connection);
    const before = NOON + 5 * DAY_MS;
    const bounds = { snapshotsBeforeMs: before, rowsBeforeMs: before, minutesBeforeMs: null };
    const retain = () => createRetention(connection, { forget: () => undefined }, undefined)(bounds, NEVER);
    await connection.run(async (session) => {
      // As a put does that is under way.
      await session.query(`BEGIN; UPDATE "${schema}".product_figures SET iv_30d = 0.7, ts = ts + interval '1 second';
                           INSERT INTO "${schema}".rollup_late SELECT product, date_trunc('hour', minute), now()
                           FROM "${schema}".product_figures`);
      const retained = retain();
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{}%product_figures%'`;
      await expect.poll(() => query(waiting), { timeout: 10_000 }).toHaveLength(1);
      await session.query('COMMIT');
      await retained;
    });
    const changed = [{ timestamp: NOON + 1000, values: { iv_30d: 0.7 } }];
    expect(await store.lastProductFigures('NIFTY', [NOON], NOON + 60_000, ['iv_30d'])).toMatchObject(changed);
    await store.rollUpAll();
    await retain();
    expect(await query('SELECT FROM "{}".product_figures')).toEqual([]);
    expect(await store.lastProductFigures('NIFTY', [NOON], NOON + 60_000, ['iv_30d'])).toMatchObject(changed);
  });

  it('rolls no hour up before a put that did not see it claimed has ended', async () => {
    const store = await open();
    await store.putSnapshots([storableChain({ seq: 14 })]);
    const connection = await connectPostgres({ url: server.url, schema }, '');
    opened.push(connection);
    await connection.run(async (session) => {
      await session.query('BEGIN');
      // As a put does that is under way: another row of the hour, and no mark.
      await session.query(`CREATE TEMP TABLE late AS SELECT * FROM "${schema}".snapshot;
                           UPDATE late SET ts = ts + interval '1 minute', pcr_oi = 77;
                           INSERT INTO "${schema}".snapshot SELECT * FROM late`);
      const rolled = store.rollUpAll();
      await expect.poll(() => query('SELECT FROM "{}".rollup_late')).toHaveLength(1);
      await sleep(100);
      expect(await query('SELECT FROM "{}".rollup')).toEqual([]);
      await session.query('COMMIT');
      await rolled;
    });
    expect(await query('SELECT FROM "{}".rollup_late')).toEqual([]);
    const both = await store.lastSummaries('NIFTY', EXPIRY, [NOON, NOON + 60_000], NOON + 120_000, [
      'pcr_oi',
    ]);
    expect(both.map(({ pcr_oi }) => pcr_oi)).toEqual([2, 77]);
  });

  it('reads a schema of the release before roll-ups, also while a storage brings it up to date', async () => {
    const store = await open();
    const chain = storableChain({ seq: 14 });
    await store.putSnapshots([chain]);
    await store.close();
    await query(`DROP TABLE "{}".rollup, "{}".rollup_series, "{}".rollup_late, "{}".retention;
                 ALTER TABLE "{}".chain_series DROP COLUMN quotes_from; UPDATE "{}".schema_version SET version = 1`);
    const reader = await openPostgresMarketReader({ url: server.url, schema });
    opened.push(reader);
    const read = async () => [
      await reader.latest('NIFTY', EXPIRY),
      await reader.lastSummaries('NIFTY', EXPIRY, [NOON], NOON + 60_000, ['pcr_oi']),
    ];
    const expected = [chain, [{ timestamp: NOON, pcr_oi: 2 }]];
    expect(await read()).toEqual(expected);
    const upgraded = await open();
    expect(await read()).toEqual(expected);
    await upgraded.rollUpAll();
    expect(await read()).toEqual(expected);
  });

  it('computes no bar anew of a day whose ticks retention has dropped', async () => {
    const store = await open();
    const held = barAt(NOON, 5, { open_at: NOON - 1, high: 9, low: 1, close_at: NOON + 1 });
    await store.putTicks([], [held]);
    const connection = await connectPostgres({ url: server.url, schema }, '');
    opened.push(connection);
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
    const store = await open();
    await store.putSnapshots([storableChain()]);
    await query('ALTER TABLE "{}".snapshot DETACH PARTITION "{}".snapshot_20260819');
    const other = await open();
    await other.putSnapshots([storableChain({ timestamp: NOON + 1, seq: 2 })]);
    expect(await collect(other.snapshots('NIFTY', EXPIRY, ALL))).toHaveLength(2);
  });

  it('opens while something reads what retention drops, says that it waits, and takes late rows afterwards', async () => {
    const chain = storableChain({ seq: 3 });
    await (await open()).putSnapshots([storableChain()]);
    const logged: string[] = [];
    const logger = createLogger('warn', { write: (line) => void logged.push(line) });
    const settings = {
      url: server.url,
      schema,
      keepSnapshots: 1,
      keepSummaries: 1,
      lockTimeoutMs: 300,
      logger,
    };
    const reader = await connectPostgres({ url: server.url, schema }, '');
    opened.push(reader);
    const store = await reader.run(async (session) => {
      await session.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM "${schema}".snapshot`);
      const opening = await createPostgresMarketStore(settings);
      opened.push(opening);
      await expect.poll(() => logged.join()).toMatch(/lock timeout.*could not be removed/);
      expect(await query('SELECT FROM pg_inherits WHERE inhdetachpending')).toHaveLength(1);
      await expect(opening.putSnapshots([chain])).rejects.toThrow(/lock timeout/);
      await session.query('COMMIT');
      return opening;
    });
    await store.putSnapshots([chain]);
    expect(await store.latest('NIFTY', EXPIRY)).toEqual(chain);
  });

  it('reads by a role that may only read, and refuses it to write', async () => {
    await query(`CREATE ROLE "{}_reader" LOGIN PASSWORD 'r'; CREATE ROLE "{}_storage" LOGIN PASSWORD 's';
                 CREATE SCHEMA "{}" AUTHORIZATION "{}_storage"; GRANT USAGE ON SCHEMA "{}" TO "{}_reader";
                 ALTER DEFAULT PRIVILEGES FOR ROLE "{}_storage" IN SCHEMA "{}" GRANT SELECT ON TABLES TO "{}_reader"`);
    const readerUrl = server.urlOf(`${schema}_reader`, 'r');
    await expect(openPostgresMarketReader({ url: readerUrl, schema })).rejects.toThrow(/no market store yet/);
    const store = await open(server.urlOf(`${schema}_storage`, 's'));
    await store.putSnapshots([storableChain()]);
    const reader = await openPostgresMarketReader({ url: readerUrl, schema });
    opened.push(reader);
    expect(await reader.latest('NIFTY', EXPIRY)).toEqual(storableChain());
    expect((await reader.counts()).bytes).toBeGreaterThan(0);
    await expect(open(readerUrl)).rejects.toThrow(/this role may not write/);
    const connection = await connectPostgres({ url: server.url, schema }, '', { readOnly: true });
    opened.push(connection);
    const write = connection.run((session) => session.query(`DELETE FROM "${schema}".snapshot`));
    await expect(write).rejects.toThrow(/read-only transaction.*may only read/);
    expect(connection.problem()).toBeNull();
  });

  it('says of wrong credentials what is wrong, and not what they were', async () => {
    const refused = await open(server.urlOf('postgres', 'wrong-secret')).catch((error) => error);
    expect(refused).toMatchObject({
      code: 'store_failed',
      message: expect.stringContaining('authentication'),
    });
    expect(refused.message).not.toContain('wrong-secret');
  });

  it('is refused when a newer release has written it, and left as it was', async () => {
    await (await open()).close();
    await query('UPDATE "{}".schema_version SET version = 99');
    await expect(open()).rejects.toMatchObject({ code: 'newer_release' });
    await expect(openPostgresMarketReader({ url: server.url, schema })).rejects.toMatchObject({
      code: 'newer_release',
    });
    expect(await query('SELECT version FROM "{}".schema_version')).toEqual([{ version: 99 }]);
  });
});

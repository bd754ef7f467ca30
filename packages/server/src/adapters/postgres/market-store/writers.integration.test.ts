import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  barAt,
  EXPIRY,
  NOON,
  QUOTES_OF_CHAIN,
  storableChain,
  tickAt,
} from '../../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { ALL, collect, DAY_MS } from '../../../ports/stores/market/market-store-stand.fixture.ts';
import { havePostgres } from '../../../testing/servers/postgres-server.ts';
import { postgresStand } from './postgres-stand.fixture.ts';

describe.runIf(havePostgres)('writers of a market store in PostgreSQL', () => {
  const stand = postgresStand();

  it('ends in the same state and counts when several processes write the same at the same time', async () => {
    const stores = await Promise.all([stand.open(), stand.open(), stand.open()]);
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
    const store = await stand.open();
    // So far apart that each is looked for by a statement of its own: the tick has failed before the last is answered.
    const chains = [0, 40, 80].map((day) => storableChain({ timestamp: NOON + day * DAY_MS }));
    await store.putSnapshots(chains);
    // A tick is not inserted and no other is at its key, as when another writer removed it in between.
    await stand.query(`CREATE FUNCTION "{}".skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                 CREATE TRIGGER skip BEFORE INSERT ON "{}".tick FOR EACH ROW EXECUTE FUNCTION "{}".skip()`);
    const puts = await Promise.allSettled([
      store.putSnapshots(chains.map((chain) => ({ ...chain, seq: 2 }))),
      store.putTicks([tickAt(NOON)], []),
    ]);
    for (const put of puts) expect(put).toMatchObject({ reason: { code: 'store_failed' } });
    expect(await stand.query('SELECT DISTINCT seq::integer AS seq FROM "{}".snapshot')).toEqual([{ seq: 1 }]);
    expect(await store.counts()).toMatchObject({ snapshots: 3, quotes: 3 * QUOTES_OF_CHAIN, ticks: 0 });
  });

  it('takes no isolation that a role has by default, under which writers of the same rows would fail', async () => {
    await stand.query(`CREATE ROLE "{}_strict" LOGIN SUPERUSER PASSWORD 's';
                 ALTER ROLE "{}_strict" SET default_transaction_isolation = 'serializable'`);
    const connection = await stand.connect({ url: stand.server.urlOf(`${stand.schema}_strict`, 's') });
    let isolation: unknown;
    await connection.transaction(async (session) => {
      isolation = (await session.query('SHOW transaction_isolation')).rows[0];
      return [];
    });
    expect(isolation).toEqual({ transaction_isolation: 'read committed' });
  });

  it('refuses to return a snapshot that is damaged, and names it; putting it again makes it good', async () => {
    const store = await stand.open();
    const [first, second] = [storableChain(), storableChain({ timestamp: NOON + 1, seq: 2 })];
    await store.putSnapshots([first, second]);
    await stand.query(`UPDATE "{}".snapshot SET data = set_byte(data, length(data) - 1, 255 - get_byte(data, length(data) - 1))
                 WHERE seq = 2`);
    await expect(store.latest('NIFTY', EXPIRY)).rejects.toMatchObject({
      code: 'stored_data_damaged',
      message: expect.stringMatching(/snapshot of NIFTY 2026-08-25 at 2026-08-19T12:00:00.001Z: .*checksum/),
    });
    expect(await store.asOf('NIFTY', EXPIRY, NOON)).toEqual(first);
    await store.putSnapshots([second]);
    expect(await store.latest('NIFTY', EXPIRY)).toEqual(second);
    await stand.query(
      `UPDATE "{}".snapshot s SET data = t.data FROM "{}".snapshot t WHERE s.seq = 2 AND t.seq = 1`,
    );
    await expect(store.latest('NIFTY', EXPIRY)).rejects.toThrow(/another lies in its place/);
  });

  it('refuses a text that it cannot keep, and nothing else with it', async () => {
    const store = await stand.open();
    const refused = store.putTicks([tickAt(NOON, { source: 'a\0b' })], []);
    const taken = store.putTicks([tickAt(NOON + 1)], []);
    await expect(refused).rejects.toMatchObject({ code: 'malformed_message', permanent: true });
    await taken;
    expect(await store.counts()).toMatchObject({ ticks: 1 });
  });

  it('writes a repeated snapshot only once', async () => {
    const store = await stand.open();
    const places = () => stand.query(`SELECT ctid::text, xmin::text FROM "{}".snapshot`);
    await store.putSnapshots([storableChain()]);
    const before = await places();
    await store.putSnapshots([storableChain()]);
    expect(await places()).toEqual(before);
    await store.putSnapshots([storableChain({ spot: 1 })]);
    expect(await places()).not.toEqual(before);
    expect(await store.counts()).toMatchObject({ snapshots: 1, quotes: QUOTES_OF_CHAIN });
  });

  it('keeps figures as columns: adds those it lacks, reads without them, clears what it does not know', async () => {
    const store = await stand.open();
    await store.putSnapshots([storableChain({ seq: 14 })]);
    const [row] = await stand.query(
      `SELECT pcr_oi, spot_price, atm_iv FROM "{}".snapshot WHERE product = 'NIFTY'`,
    );
    expect(row).toEqual({ pcr_oi: 2, spot_price: 24_012.35, atm_iv: null });
    await stand.query(
      'ALTER TABLE "{}".snapshot DROP COLUMN pcr_oi, ADD COLUMN of_a_newer_release float8 DEFAULT 7',
    );
    const reader = await stand.read();
    expect(await reader.summaries('NIFTY', EXPIRY, ALL)).toMatchObject([
      { pcr_oi: null, spot_price: 24_012.35 },
    ]);
    const again = await stand.open();
    await again.putSnapshots([storableChain({ seq: 21 })]);
    expect(await reader.summaries('NIFTY', EXPIRY, ALL)).toMatchObject([{ pcr_oi: 3 }]);
    expect(await stand.query('SELECT of_a_newer_release FROM "{}".snapshot')).toEqual([
      { of_a_newer_release: 7 },
    ]);
  });

  it('reads by a role that may only read, and refuses it to write', async () => {
    await stand.query(`CREATE ROLE "{}_reader" LOGIN PASSWORD 'r'; CREATE ROLE "{}_storage" LOGIN PASSWORD 's';
                 CREATE SCHEMA "{}" AUTHORIZATION "{}_storage"; GRANT USAGE ON SCHEMA "{}" TO "{}_reader";
                 ALTER DEFAULT PRIVILEGES FOR ROLE "{}_storage" IN SCHEMA "{}" GRANT SELECT ON TABLES TO "{}_reader"`);
    const readerUrl = stand.server.urlOf(`${stand.schema}_reader`, 'r');
    await expect(stand.read({ url: readerUrl })).rejects.toThrow(/no market store yet/);
    const store = await stand.open({ url: stand.server.urlOf(`${stand.schema}_storage`, 's') });
    await store.putSnapshots([storableChain()]);
    const reader = await stand.read({ url: readerUrl });
    expect(await reader.latest('NIFTY', EXPIRY)).toEqual(storableChain());
    expect((await reader.counts()).bytes).toBeGreaterThan(0);
    await expect(stand.open({ url: readerUrl })).rejects.toThrow(/this role may not write/);
    const connection = await stand.connect({ readOnly: true });
    const write = connection.run((session) => session.query(`DELETE FROM "${stand.schema}".snapshot`));
    await expect(write).rejects.toThrow(/read-only transaction.*may only read/);
    expect(connection.problem()).toBeNull();
  });

  it('says of wrong credentials what is wrong, and not what they were', async () => {
    const refused = await stand
      .open({ url: stand.server.urlOf('postgres', 'wrong-secret') })
      .catch((error) => error);
    expect(refused).toMatchObject({
      code: 'store_failed',
      message: expect.stringContaining('authentication'),
    });
    expect(refused.message).not.toContain('wrong-secret');
  });

  it('is refused when a newer release has written it, and left as it was', async () => {
    await (await stand.open()).close();
    await stand.query('UPDATE "{}".schema_version SET version = 99');
    await expect(stand.open()).rejects.toMatchObject({ code: 'newer_release' });
    await expect(stand.read()).rejects.toMatchObject({
      code: 'newer_release',
    });
    expect(await stand.query('SELECT version FROM "{}".schema_version')).toEqual([{ version: 99 }]);
  });
});

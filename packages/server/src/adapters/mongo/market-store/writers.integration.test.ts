import { PRODUCT_FIGURE_NAMES } from '@deltastream/contracts';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  barAt,
  EXPIRY,
  NOON,
  QUOTES_OF_CHAIN,
  storableChain,
  tickAt,
} from '../../../ports/stores/market/market-store.fixture.ts';
import type { StoredProductFigures } from '../../../ports/stores/market/market-store.ts';
import {
  haveMongo,
  type MongoServer,
  startMongoServer,
  uniqueDatabase,
} from '../../../testing/servers/mongo-server.ts';
import type { RollingMarketStore } from '../../rollups/rollups.ts';
import { connectMongo } from '../connect.ts';
import { createMongoMarketStore, openMongoMarketReader } from './market-store-mongo.ts';
import { createRetention } from './rollups/retention.ts';

const ALL = { fromMs: 0, toMs: 8.64e15, limit: 10_000 };
const DAY = 'snapshots_20260819';

describe.runIf(haveMongo)('several writers of one database', () => {
  let server: MongoServer;
  let client: MongoClient;
  let database: string;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    server = await startMongoServer();
    client = await MongoClient.connect(server.url);
  });
  afterAll(async () => {
    await client?.close();
    await server?.stop();
  });
  beforeEach(() => {
    database = uniqueDatabase();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    await client.db(database).dropDatabase();
  });

  const open = async (writerLeaseMs = 60_000): Promise<RollingMarketStore> => {
    const store = await createMongoMarketStore({ url: server.url, database, writerLeaseMs });
    opened.push(store);
    return store;
  };
  const openReader = async () => {
    const reader = await openMongoMarketReader({ url: server.url, database });
    opened.push(reader);
    return reader;
  };
  /** Leaves a store's last batch as a crash before its commit would. */
  const uncommit = async (writer: number, fields: Record<string, unknown> = {}) => {
    const { modifiedCount } = await client
      .db(database)
      .collection<{ _id: number }>('writers')
      .updateOne({ _id: writer }, { $set: { committed: 0, snapshots: 0, quotes: 0, ticks: 0, ...fields } });
    expect(modifiedCount).toBe(1);
  };

  it('refuse to return a snapshot that is damaged, and name it; putting it again makes it good', async () => {
    const store = await open();
    await store.putSnapshots([storableChain(), storableChain({ timestamp: NOON + 1, seq: 2 })]);
    const collection = client.db(database).collection(DAY);
    const [, newest] = await collection.find().sort({ _id: 1 }).toArray();
    const data = Buffer.from(newest.data.buffer);
    data[data.length - 1] ^= 1;
    await collection.updateOne({ _id: newest._id }, { $set: { data } });
    await expect(store.latest('NIFTY', EXPIRY)).rejects.toMatchObject({
      code: 'stored_data_damaged',
      message: expect.stringMatching(/^snapshots_20260819: the snapshot of NIFTY 2026-08-25 at .*checksum/),
    });
    await store.putSnapshots([storableChain({ timestamp: NOON + 1, seq: 2, epoch: 'a', generation: 1 })]);
    expect(await store.latest('NIFTY', EXPIRY)).toMatchObject({ epoch: 'a' });
  });

  it('put right bars of the release before, also when two do at the same time', async () => {
    const [a, b] = [await open(), await open()];
    await a.putTicks([tickAt(NOON, { price: 10 })], [barAt(NOON, 10)]);
    await a.putTicks([tickAt(NOON + 1, { price: 999 })], [barAt(NOON + 1, 999)]);
    await client
      .db(database)
      .collection('bars')
      .updateMany({}, { $unset: { writes: '' } });
    await Promise.all([
      a.putTicks([tickAt(NOON + 1, { price: 11, generation: 1 })], [barAt(NOON + 1, 11)]),
      b.putTicks([tickAt(NOON, { price: 9, generation: 2 })], [barAt(NOON, 9)]),
      b.putTicks([tickAt(NOON + 2, { price: 12 })], [barAt(NOON + 2, 12)]),
    ]);
    expect(await a.bars('NIFTY', '1m', ALL)).toMatchObject([{ open: 9, low: 9, high: 12, close: 12 }]);
  });

  it('see what each other has stored, at once', async () => {
    const [a, b] = [await open(), await open()];
    await a.putSnapshots([storableChain()]);
    expect(await b.latest('NIFTY', EXPIRY)).toEqual(storableChain());
    await b.putSnapshots([storableChain({ seq: 2 })]);
    expect((await a.latest('NIFTY', EXPIRY))?.seq).toBe(2);
    await a.putSnapshots([storableChain({ seq: 1 })]);
    expect((await b.latest('NIFTY', EXPIRY))?.seq).toBe(2);
    expect(await a.counts()).toMatchObject({ snapshots: 1, quotes: QUOTES_OF_CHAIN });
  });

  it('do not show, count or follow a batch that was not committed', async () => {
    const [a, b] = [await open(), await open()];
    await a.putSnapshots([storableChain({ seq: 7 }), storableChain({ seq: 8, timestamp: NOON + 1 })]);
    await uncommit(1);
    const reader = await openReader();
    expect(await reader.latest('NIFTY', EXPIRY)).toBeNull();
    expect(await reader.summaries('NIFTY', EXPIRY, ALL)).toEqual([]);
    await b.putSnapshots([storableChain({ seq: 3 })]);
    expect((await reader.latest('NIFTY', EXPIRY))?.seq).toBe(3);
    expect(await reader.counts()).toMatchObject({ snapshots: 1, quotes: QUOTES_OF_CHAIN });
  });

  it('show what an uncommitted batch replaced', async () => {
    const [a, b] = [await open(), await open()];
    await b.putSnapshots([storableChain({ seq: 5 })]);
    await a.putSnapshots([storableChain({ seq: 7 })]);
    await uncommit(1);
    expect((await b.latest('NIFTY', EXPIRY))?.seq).toBe(5);
    expect(await b.summaries('NIFTY', EXPIRY, ALL)).toMatchObject([{ pcr_oi: 5 / 7 }]);
    await b.putSnapshots([storableChain({ seq: 4 })]);
    expect((await b.latest('NIFTY', EXPIRY))?.seq).toBe(5);
    await b.putSnapshots([storableChain({ seq: 6 })]);
    expect((await b.latest('NIFTY', EXPIRY))?.seq).toBe(6);
    expect(await b.counts()).toMatchObject({ snapshots: 1, quotes: QUOTES_OF_CHAIN });
  });

  it('go on under a new number after another needed a document of their batch', async () => {
    const [a, b] = [await open(), await open()];
    await a.putSnapshots([storableChain({ seq: 7 })]);
    await uncommit(1);
    await b.putSnapshots([storableChain({ seq: 7 })]);
    const states = async () =>
      (await client.db(database).collection('writers').find().sort({ _id: 1 }).toArray()).map(
        ({ state }) => state,
      );
    expect(await states()).toEqual(['fenced', 'open']);
    await a.putSnapshots([storableChain({ timestamp: NOON + 1, seq: 8 })]);
    expect(await states()).toEqual(['fenced', 'open', 'open']);
    expect(await b.counts()).toMatchObject({ snapshots: 2, quotes: 2 * QUOTES_OF_CHAIN });
    expect((await b.latest('NIFTY', EXPIRY))?.seq).toBe(8);
  });

  it('adopt what one that is gone left behind, once its lease is over', async () => {
    const gone = await open();
    await gone.putSnapshots([storableChain({ seq: 1 }), storableChain({ timestamp: NOON + 1, seq: 2 })]);
    await uncommit(1, { at: new Date(Date.now() - 61_000) });
    await client.db(database).collection('chains').drop();
    const heir = await open();
    expect((await heir.latest('NIFTY', EXPIRY))?.seq).toBe(2);
    expect(await heir.counts()).toMatchObject({ snapshots: 2, quotes: 2 * QUOTES_OF_CHAIN });
    // The one that was taken for gone is not, and does not know.
    await gone.putSnapshots([storableChain({ timestamp: NOON + 2, seq: 3 })]);
    expect((await heir.latest('NIFTY', EXPIRY))?.seq).toBe(3);
    expect(await heir.counts()).toMatchObject({ snapshots: 3, quotes: 3 * QUOTES_OF_CHAIN });
  });

  it('forget the number of one that is gone after a day', async () => {
    const gone = await open();
    await gone.putSnapshots([storableChain({ seq: 1 })]);
    const DAY_MS = 86_400_000;
    for (const [age, state] of [
      [DAY_MS - 60_000, 'adopted'],
      [DAY_MS + 60_000, 'done'],
    ] as const) {
      const marks = client.db(database).collection<{ _id: number }>('writers');
      await marks.updateOne({ _id: 1 }, { $set: { at: new Date(Date.now() - age) } });
      const heir = await open();
      expect(await marks.findOne({ _id: 1 })).toMatchObject({ state });
      expect((await heir.latest('NIFTY', EXPIRY))?.seq).toBe(1);
      expect(await heir.counts()).toMatchObject({ snapshots: 1 });
    }
  });

  it('lose no day to retention of which a snapshot is not rolled up or not committed', async () => {
    const [store, other] = [await open(), await open()];
    await store.putSnapshots([storableChain()]);
    await store.rollUpAll();
    // After the last hour was claimed: an hour that is not marked, and a chain that is not known to be rolled up.
    const late = [storableChain({ timestamp: NOON + 7_200_000 }), storableChain({ expiry: '2026-08-20' })];
    await store.putSnapshots(late);
    const connection = await connectMongo({ url: server.url, database }, '');
    opened.push(connection);
    const before = NOON + 5 * 86_400_000;
    const bounds = { snapshotsBeforeMs: before, rowsBeforeMs: before, minutesBeforeMs: null };
    const retain = () => createRetention(connection, 60_000, undefined)(bounds, new AbortController().signal);
    const figures = async () =>
      [
        ...(await store.summaries('NIFTY', EXPIRY, ALL)),
        ...(await store.summaries('NIFTY', '2026-08-20', ALL)),
      ].map(({ pcr_oi }) => pcr_oi);
    const held = async () =>
      (await client.db(database).listCollections({ name: DAY }, { nameOnly: true }).toArray()).length;
    const all = await figures();
    expect(all).toHaveLength(3);
    await retain();
    expect([await held(), await figures()]).toEqual([1, all]);
    // Quotes that went show nothing of what a batch brings that is not committed.
    await store.rollUpAll();
    await other.putSnapshots([storableChain({ seq: 2 })]);
    await uncommit(2);
    await client.db(database).collection('rollup_late').deleteMany({});
    expect(await store.latest('NIFTY', EXPIRY)).toBeNull();
    await retain();
    expect([await held(), await figures()]).toEqual([1, all]);
    await uncommit(2, { committed: 1 });
    await retain();
    expect([await held(), await figures()]).toEqual([0, all]);
  });

  it('leave a day alone from which another is removing', async () => {
    const store = await open();
    const days = [NOON, NOON + 86_400_000];
    await store.putSnapshots(days.map((timestamp, i) => storableChain({ timestamp, seq: 1 + i })));
    const connection = await connectMongo({ url: server.url, database }, '');
    opened.push(connection);
    const retention = client.db(database).collection<{ _id: string }>('retention');
    await retention.insertOne({ _id: `removing ${DAY}`, removing_since: new Date() } as { _id: string });
    const bounds = {
      snapshotsBeforeMs: NOON + 5 * 86_400_000,
      rowsBeforeMs: null,
      minutesBeforeMs: null,
    };
    await createRetention(connection, 60_000, undefined)(bounds, new AbortController().signal);
    const left = [];
    for await (const { timestamp } of store.snapshots('NIFTY', EXPIRY, ALL)) left.push(timestamp);
    expect(left).toEqual([NOON]);
  });

  it('mark hours of the last batch of one that was killed after its commit', async () => {
    const gone = await open();
    await gone.putSnapshots([storableChain()]);
    await gone.rollUpAll();
    await gone.putSnapshots([storableChain({ timestamp: NOON + 1000, seq: 2 })]);
    await client.db(database).collection('rollup_late').deleteMany({});
    const marks = client.db(database).collection<{ _id: number }>('writers');
    await marks.updateOne({ _id: 1 }, { $set: { at: new Date(Date.now() - 61_000) } });
    const heir = await open();
    await heir.rollUpAll();
    expect(await heir.lastSummaries('NIFTY', EXPIRY, [NOON], NOON + 60_000, ['pcr_oi'])).toMatchObject([
      { pcr_oi: 2 / 7 },
    ]);
  });

  it('find what was left behind of a day again that retention dropped', async () => {
    const store = await open();
    const collection = client.db(database).collection('snapshots_20250602');
    const old = storableChain({ timestamp: Date.UTC(2025, 5, 2, 6) });
    await store.putSnapshots([old]);
    await collection.drop();
    await store.putSnapshots([{ ...old, seq: 2 }]);
    expect((await collection.indexes()).map(({ key }) => key)).toContainEqual({ writer: 1, batch: 1 });
  });

  it('keep no rows of figures of a product of which nothing comes any more', async () => {
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
    const connection = await connectMongo({ url: server.url, database }, '');
    opened.push(connection);
    const before = NOON + 5 * 86_400_000;
    const bounds = { snapshotsBeforeMs: before, rowsBeforeMs: before, minutesBeforeMs: null };
    await createRetention(connection, 60_000, undefined)(bounds, new AbortController().signal);
    expect(await client.db(database).collection('product_figures').countDocuments()).toBe(0);
    expect(await store.productFigures('NIFTY', ALL)).toEqual([figures]);
  });

  it('leave nothing behind when they close', async () => {
    for (let i = 0; i < 3; i++) {
      const store = await open();
      await store.putSnapshots([storableChain({ timestamp: NOON + i, seq: i })]);
      await store.close();
    }
    const marks = await client.db(database).collection('writers').find().sort({ _id: 1 }).toArray();
    expect(marks.map(({ state }) => state)).toEqual(['done', 'done', 'closed']);
    const reader = await openReader();
    expect(await reader.counts()).toMatchObject({ snapshots: 3 });
    expect((await reader.latest('NIFTY', EXPIRY))?.seq).toBe(2);
  });

  it('write a repeated snapshot only once', async () => {
    const store = await open();
    await store.putSnapshots([storableChain()]);
    const documents = () => client.db(database).collection(DAY).find().toArray();
    const before = await documents();
    await store.putSnapshots([storableChain()]);
    expect(await documents()).toEqual(before);
    await store.putSnapshots([storableChain({ spot: 1 })]);
    expect(await documents()).toMatchObject([{ batch: 3, was: { seq: 1 } }]);
  });

  it('write the latest chain for people to read', async () => {
    const store = await open();
    await store.putSnapshots([storableChain({ timestamp: NOON + 1, seq: 4 }), storableChain()]);
    await store.close();
    const found = await client.db(database).collection<{ _id: string }>('chain_latest').find().toArray();
    expect(found).toMatchObject([
      {
        _id: `NIFTY ${EXPIRY}`,
        at: new Date(NOON + 1),
        summary: { pcr_oi: 4 / 7 },
        strikes: [
          { strike: 24_000, call: { last: 120.05, open_interest: 4 }, put: { last: 80 } },
          { strike: 24_050, call: { open_interest: 8 } },
          { strike: 24_100, call: { last: 70 } },
        ],
      },
    ]);
    expect(found[0]).not.toHaveProperty('strikes.2.put.last');
  });
});

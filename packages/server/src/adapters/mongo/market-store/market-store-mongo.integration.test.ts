import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { marketStoreContract } from '../../../ports/stores/market/market-store.contract.ts';
import { EXPIRY, NOON, storableChain } from '../../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import {
  haveMongo,
  type MongoServer,
  startMongoServer,
  uniqueDatabase,
} from '../../../testing/servers/mongo-server.ts';
import { rollingStoreContract } from '../../rollups/rolling-store.contract.ts';
import { connectMongo } from '../connect.ts';
import { createMongoReader } from './market-reader.ts';
import { createMongoMarketStore } from './market-store-mongo.ts';
import { rollupsOf } from './rollups/collections.ts';

describe.runIf(haveMongo)('with a server', () => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await startMongoServer();
  });
  afterAll(() => server?.stop());

  marketStoreContract('mongo', async () => {
    const database = uniqueDatabase();
    const opened: MarketStore[] = [];
    const open = async () => {
      const store = await createMongoMarketStore({ url: server.url, database });
      opened.push(store);
      return store;
    };
    return {
      store: await open(),
      reopen: open,
      async dispose() {
        for (const store of opened) await store.close();
        const client = await MongoClient.connect(server.url);
        await client.db(database).dropDatabase();
        await client.close();
      },
    };
  });

  rollingStoreContract('mongo', () => {
    const database = uniqueDatabase();
    const opened: MarketStore[] = [];
    const onDatabase = async (work: (db: Db) => Promise<unknown>) => {
      const client = await MongoClient.connect(server.url);
      await work(client.db(database));
      await client.close();
    };
    return {
      async open(settings) {
        const store = await createMongoMarketStore({ url: server.url, database, ...settings });
        opened.push(store);
        return store;
      },
      damageBlock: (hour) =>
        onDatabase(async (db) => {
          const found = await rollupsOf(db).findOne({ hour: new Date(hour) }, { promoteBuffers: true });
          const minutes = Buffer.from(found?.minutes ?? []);
          minutes[minutes.length >> 1] ^= 255;
          await rollupsOf(db).updateOne({ _id: found?._id }, { $set: { minutes } });
        }),
      async dispose() {
        for (const store of opened) await store.close();
        await onDatabase((db) => db.dropDatabase());
      },
    };
  });

  it('the last summaries of intervals cost no query for those that have none', async () => {
    const database = uniqueDatabase();
    const store = await createMongoMarketStore({ url: server.url, database });
    const times = Array.from({ length: 40 }, (_, i) => NOON + i * 30_000);
    await store.putSnapshots(times.map((timestamp, seq) => storableChain({ timestamp, seq })));
    const connection = await connectMongo({ url: server.url, database }, database);
    let queries = 0;
    const counted = (db: Db): Db =>
      Object.create(db, {
        collection: {
          value: (name: string) => {
            queries += name.startsWith('snapshots_') ? 1 : 0;
            return db.collection(name);
          },
        },
      });
    const reader = createMongoReader({
      ...connection,
      run: (work) => connection.run((db) => work(counted(db))),
    });
    const minutes = Array.from({ length: 600 }, (_, i) => NOON + (i - 300) * 60_000);
    const found = await reader.lastSummaries('NIFTY', EXPIRY, minutes, NOON + 301 * 60_000);
    expect(found.map(({ timestamp }) => timestamp)).toEqual(times.filter((_, i) => i % 2 === 1));
    expect(queries).toBeLessThan(25);
    await store.close();
    await connection.db.dropDatabase();
    await connection.close();
  });
});

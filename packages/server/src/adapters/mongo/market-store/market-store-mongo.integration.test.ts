import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe } from 'vitest';
import { marketStoreContract } from '../../../ports/stores/market-store.contract.ts';
import type { MarketStore } from '../../../ports/stores/market-store.ts';
import {
  haveMongo,
  type MongoServer,
  startMongoServer,
  uniqueDatabase,
} from '../../../testing/servers/mongo-server.ts';
import { createMongoMarketStore } from './market-store-mongo.ts';

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
});

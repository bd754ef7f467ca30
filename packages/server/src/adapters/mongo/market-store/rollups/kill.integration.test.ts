import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe } from 'vitest';
import {
  haveMongo,
  type MongoServer,
  startMongoServer,
  uniqueDatabase,
} from '../../../../testing/servers/mongo-server.ts';
import { killedRollupsContract } from '../../../rollups/killed-rollups.contract.ts';
import type { RollingMarketStore } from '../../../rollups/rollups.ts';
import { createMongoMarketStore } from '../market-store-mongo.ts';

/** Longer than an operation takes on a busy machine; those who find a removal of a killed process wait for it. */
const LEASE_MS = 2_000;

describe.runIf(haveMongo)('a process on MongoDB', () => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await startMongoServer();
  });
  afterAll(() => server?.stop());

  killedRollupsContract('mongo', () => {
    const { url } = server;
    const database = uniqueDatabase();
    let store: RollingMarketStore;
    return {
      script: fileURLToPath(new URL('./kill.fixture.ts', import.meta.url)),
      args: [url, database, String(LEASE_MS)],
      dropsTicks: true,
      async open() {
        // What the killed ones left behind is free by then.
        await sleep(LEASE_MS);
        const keep = { keepSnapshots: 7, keepSummaries: 7, writerLeaseMs: LEASE_MS };
        store = await createMongoMarketStore({ url, database, ...keep });
        return store;
      },
      async settle() {
        await store.rollUpAll();
        await store.sweep(Date.now());
      },
    };
  });
});

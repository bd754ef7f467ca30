import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe } from 'vitest';
import {
  havePostgres,
  type PostgresServer,
  startPostgresServer,
  uniqueSchema,
} from '../../../../testing/servers/postgres-server.ts';
import { killedRollupsContract } from '../../../rollups/killed-rollups.contract.ts';
import type { RollingMarketStore } from '../../../rollups/rollups.ts';
import { createPostgresMarketStore } from '../market-store-postgres.ts';

describe.runIf(havePostgres)('a process on PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server?.stop());

  killedRollupsContract('postgres', () => {
    const { url } = server;
    const schema = uniqueSchema();
    let store: RollingMarketStore;
    return {
      script: fileURLToPath(new URL('./kill.fixture.ts', import.meta.url)),
      args: [url, schema],
      dropsTicks: true,
      async open() {
        store = await createPostgresMarketStore({ url, schema, keepSnapshots: 7, keepSummaries: 7 });
        return store;
      },
      async settle() {
        await store.rollUpAll();
        await store.sweep(Date.now());
      },
    };
  });
});

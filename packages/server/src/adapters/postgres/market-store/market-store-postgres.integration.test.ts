import { afterAll, beforeAll, describe } from 'vitest';
import { marketStoreContract } from '../../../ports/stores/market/market-store.contract.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import {
  havePostgres,
  type PostgresServer,
  startPostgresServer,
  uniqueSchema,
} from '../../../testing/servers/postgres-server.ts';
import { rollingStoreContract } from '../../rollups/rolling-store.contract.ts';
import { createPostgresMarketStore } from './market-store-postgres.ts';

describe.runIf(havePostgres)('with a server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server?.stop());

  marketStoreContract('postgres', async () => {
    const schema = uniqueSchema();
    const opened: MarketStore[] = [];
    const open = async () => {
      const store = await createPostgresMarketStore({ url: server.url, schema, daysAhead: 0 });
      opened.push(store);
      return store;
    };
    return {
      store: await open(),
      reopen: open,
      async dispose() {
        for (const store of opened) await store.close();
        await server.query(`DROP SCHEMA "${schema}" CASCADE`);
      },
    };
  });

  rollingStoreContract('postgres', () => {
    const schema = uniqueSchema();
    const opened: MarketStore[] = [];
    return {
      async open(settings) {
        const store = await createPostgresMarketStore({ url: server.url, schema, daysAhead: 0, ...settings });
        opened.push(store);
        return store;
      },
      async damageBlock(hour) {
        await server.query(
          `UPDATE "${schema}".rollup
           SET minutes = set_byte(minutes, length(minutes) / 2, 255 - get_byte(minutes, length(minutes) / 2))
           WHERE hour = to_timestamp(${hour / 1000})`,
        );
      },
      async dispose() {
        for (const store of opened) await store.close();
        await server.query(`DROP SCHEMA "${schema}" CASCADE`);
      },
    };
  });
});

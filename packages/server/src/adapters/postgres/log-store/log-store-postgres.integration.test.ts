import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logStoreContract } from '../../../ports/stores/log-store.contract.ts';
import { type LogStore, NO_CONTEXT } from '../../../ports/stores/log-store.ts';
import {
  havePostgres,
  type PostgresServer,
  startPostgresServer,
  uniqueSchema,
} from '../../../testing/servers/postgres-server.ts';
import { createPostgresLogStore } from './log-store-postgres.ts';

describe.runIf(havePostgres)('with a server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server?.stop());

  logStoreContract('postgres', async (maxRows) => {
    const options = { url: server.url, schema: uniqueSchema(), maxRows };
    let store: LogStore = await createPostgresLogStore(options);
    return {
      store,
      async reopen() {
        await store.close();
        store = await createPostgresLogStore(options);
        return store;
      },
    };
  });

  it('keeps entries with any character, and takes them again when the server is back', async () => {
    const store = await createPostgresLogStore({ url: server.url, schema: uniqueSchema(), maxRows: 10 });
    const entry = { ...NO_CONTEXT, timestamp: 1_787_000_000_000, level: 'warn', service: 'auth' } as const;
    await store.append([{ ...entry, message: 'a\0b', fields: { audit: true, agent: 'x\0y' } }]);
    expect(await store.query({ limit: 1 })).toMatchObject([
      { message: 'a\\u0000b', fields: { audit: true, agent: 'x\0y' } },
    ]);
    await server.kill();
    await expect(store.append([{ ...entry, message: 'lost', fields: {} }])).rejects.toMatchObject({
      code: 'store_failed',
    });
    expect(store.problem()).toMatch(/schema deltastream_test_\w+: away since /);
    await server.start();
    await expect.poll(() => store.problem()).toBeNull();
    await store.append([{ ...entry, message: 'kept', fields: {} }]);
    expect(await store.query({ limit: 1 })).toMatchObject([{ message: 'kept' }]);
    await store.close();
  });
});

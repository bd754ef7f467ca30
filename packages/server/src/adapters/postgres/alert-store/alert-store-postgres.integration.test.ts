import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertStoreContract } from '../../../ports/stores/alerts/alert-store.contract.ts';
import { alertRule, batch, firing, leased, NOW } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import {
  havePostgres,
  type PostgresServer,
  startPostgresServer,
  uniqueSchema,
} from '../../../testing/servers/postgres-server.ts';
import { createPostgresAlertStore } from './alert-store-postgres.ts';

describe.runIf(havePostgres)('with a server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server?.stop());
  const options = () => ({ url: server.url, schema: uniqueSchema() });

  alertStoreContract('postgres', async () => {
    const given = options();
    return () => createPostgresAlertStore(given);
  });

  it('can be opened by two processes at once, also for the first time', async () => {
    const given = options();
    const both = await Promise.all([createPostgresAlertStore(given), createPostgresAlertStore(given)]);
    await both[0].createRules([alertRule()], 1);
    expect(await both[1].rule('r1')).toEqual(alertRule());
    await Promise.all(both.map((each) => each.close()));
  });

  it('keeps what was committed when the server is killed at any moment, once', {
    timeout: 120_000,
  }, async () => {
    const own = await startPostgresServer();
    const store = await createPostgresAlertStore({ url: own.url, retryMinMs: 20, retryMaxMs: 100 });
    await store.createRules([alertRule()], 1);
    const lease = await leased(store);
    const kept = new Set<string>();
    for (let round = 0; round < 5; round++) {
      const ids = Array.from({ length: 50 }, (_, i) => `f${round}-${i}`);
      const committing = (async () => {
        for (const id of ids) {
          const done = await store.commit(lease, batch({ firings: [firing(id)] })).catch(() => null);
          if (done !== null) kept.add(id);
        }
      })();
      await expect.poll(() => kept.size).toBeGreaterThan(round * 50 + round);
      await own.kill();
      await committing;
      await own.start();
      const again = batch({ firings: ids.map((id) => firing(id)) });
      await expect.poll(() => store.commit(lease, again).catch(() => null)).not.toBeNull();
      for (const id of ids) kept.add(id);
    }
    const stored = await store.firings({ owner: 'u1', fromMs: 0, toMs: NOW, limit: 1_000 });
    expect(stored).toHaveLength(250);
    expect(new Set(stored.map(({ id }) => id))).toEqual(kept);
    expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 250 }, (_, i) => 250 - i));
    expect((await store.rule('r1'))?.firings).toBe(250);
    await store.close();
    await own.stop();
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditStoreContract } from '../../../ports/stores/audit/audit-store.contract.ts';
import { userStoreContract } from '../../../ports/stores/users/user-store.contract.ts';
import { apiKey, identity, session, user } from '../../../ports/stores/users/user-store.fixture.ts';
import {
  havePostgres,
  type PostgresServer,
  startPostgresServer,
  uniqueSchema,
} from '../../../testing/servers/postgres-server.ts';
import { createPostgresUserStore } from './user-store-postgres.ts';

describe.runIf(havePostgres)('with a server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server?.stop());
  const options = () => ({ url: server.url, schema: uniqueSchema() });

  userStoreContract('postgres', async () => {
    const given = options();
    return () => createPostgresUserStore(given);
  });

  auditStoreContract('postgres', async () => {
    const given = options();
    return () => createPostgresUserStore(given);
  });

  it('can be opened by two processes at once, also for the first time', async () => {
    const given = options();
    const [auth, command] = await Promise.all([
      createPostgresUserStore(given),
      createPostgresUserStore(given),
    ]);
    await command.create(user());
    expect(await auth.byEmail(user().email)).toEqual(user());
    await expect(auth.create(user({ id: 'u2' }))).rejects.toMatchObject({ code: 'email_taken' });
    await Promise.all([auth.close(), command.close()]);
  });

  it('gives an identity to one of many users at the same time, and to that one once', async () => {
    const store = await createPostgresUserStore(options());
    const ids = Array.from({ length: 10 }, (_, i) => `u${i}`);
    for (const id of ids) await store.create(user({ id, email: `${id}@example.com` }));
    const tries = await Promise.allSettled(
      [...ids, ...ids].map((id) => store.addIdentity(id, identity('a'))),
    );
    const refused = tries.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(19);
    for (const each of refused) expect(each.reason).toMatchObject({ code: 'identity_taken' });
    expect((await store.byIdentity(identity('a')))?.identities).toEqual([identity('a')]);
    await store.close();
  });

  it('does not mistake a repeated id of a session or an API key for success', async () => {
    const store = await createPostgresUserStore(options());
    await store.createSession(session());
    await store.createApiKey(apiKey());
    await expect(store.createSession(session())).rejects.toMatchObject({ code: 'store_failed' });
    await expect(store.createApiKey(apiKey())).rejects.toMatchObject({ code: 'store_failed' });
    await store.close();
  });

  it("refuses a character that no text of it has as the caller's fault", async () => {
    const store = await createPostgresUserStore(options());
    for (const refused of [
      () => store.create(user({ name: 'a\0b' })),
      () => store.session('\0'),
      () => store.byEmail('\0'),
    ]) {
      await expect(refused()).rejects.toMatchObject({ code: 'invalid_request', permanent: true });
    }
    expect(await store.byId('u1')).toBeNull();
    await store.close();
  });
});

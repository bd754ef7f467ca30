import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditStoreContract } from '../../../ports/stores/audit/audit-store.contract.ts';
import { userStoreContract } from '../../../ports/stores/users/user-store.contract.ts';
import { apiKey, identity, session, user } from '../../../ports/stores/users/user-store.fixture.ts';
import {
  haveMongo,
  haveOwnMongo,
  type MongoServer,
  startMongoServer,
  startOwnMongoServer,
  uniqueDatabase,
} from '../../../testing/servers/mongo-server.ts';
import { connectMongo } from '../connect.ts';
import { createAccountMethods } from './account-methods.ts';
import { createMongoUserStore } from './user-store-mongo.ts';

const USER = user();

/** As when the connection is lost before an answer comes. */
const withoutReads = (db: Db): Db => {
  const collection = (name: string) => {
    const updateOne = db.collection(name).updateOne.bind(db.collection(name));
    return { updateOne, findOne: () => Promise.reject(new Error('cut')) };
  };
  return { collection } as unknown as Db;
};

describe.runIf(haveMongo)('with a server', () => {
  let server: MongoServer;
  const databases: string[] = [];
  beforeAll(async () => {
    server = await startMongoServer();
  });
  afterAll(async () => {
    if (server === undefined) return;
    const client = await MongoClient.connect(server.url);
    for (const database of databases) await client.db(database).dropDatabase();
    await client.close();
    await server.stop();
  });
  const newDatabase = () => {
    databases.push(uniqueDatabase());
    return databases[databases.length - 1];
  };

  userStoreContract('mongo', async () => {
    const database = newDatabase();
    return () => createMongoUserStore({ url: server.url, database });
  });

  auditStoreContract('mongo', async () => {
    const database = newDatabase();
    return () => createMongoUserStore({ url: server.url, database });
  });

  it('can be opened by two processes at once', async () => {
    const options = { url: server.url, database: newDatabase() };
    const [auth, command] = [await createMongoUserStore(options), await createMongoUserStore(options)];
    await command.create(USER);
    expect(await auth.byEmail(USER.email)).toEqual(USER);
    await expect(auth.create({ ...USER, id: 'u2' })).rejects.toMatchObject({ code: 'email_taken' });
    await Promise.all([auth.close(), command.close()]);
  });

  it('gives an identity to one of many users at the same time, and to that one once', async () => {
    const store = await createMongoUserStore({ url: server.url, database: newDatabase() });
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

  it('takes back that an administrator goes when that fails', async () => {
    const database = newDatabase();
    const store = await createMongoUserStore({ url: server.url, database });
    for (const id of ['u1', 'u2'])
      await store.create(user({ id, email: `${id}@example.com`, role: 'admin' }));
    const connection = await connectMongo({ url: server.url, database }, database);
    const cut = createAccountMethods({
      ...connection,
      update: (work) => connection.update((db) => work(withoutReads(db))),
    });
    await expect(cut.disable('u1', 7)).rejects.toMatchObject({ code: 'store_failed' });
    // The other counts as one who stays.
    expect(await store.disable('u2', 7)).toBe(true);
    await Promise.all([connection.close(), store.close()]);
  });

  it('does not mistake a repeated id of a session or an API key for success', async () => {
    const store = await createMongoUserStore({ url: server.url, database: newDatabase() });
    await store.createSession(session());
    await store.createApiKey(apiKey());
    await expect(store.createSession(session())).rejects.toMatchObject({ code: 'store_failed' });
    await expect(store.createApiKey(apiKey())).rejects.toMatchObject({ code: 'store_failed' });
    await store.close();
  });

  it('keeps the accounts of the first release, and drops its sessions', async () => {
    const database = newDatabase();
    const client = await MongoClient.connect(server.url);
    const account = { name: 'A', role: 'admin', password_hash: '$2b$12$x', created_at: new Date(7) };
    const old = client.db(database);
    await old.collection<{ _id: string; email: string }>('users').insertMany([
      { _id: 'u1', email: 'a@example.com', ...account },
      { _id: 'u2', email: 'b@example.com', ...account },
    ]);
    const family = { user_id: 'u1', secret_hash: 'h', expires_at: new Date(9), revoked: false };
    await old.collection<{ _id: string }>('sessions').insertOne({ _id: 'f1', ...family });
    await client.close();

    const store = await createMongoUserStore({ url: server.url, database });
    const kept = user({ name: 'A', role: 'admin', passwordHash: '$2b$12$x', createdAt: 7 });
    expect(await store.byEmail('a@example.com')).toEqual({ ...kept, email: 'a@example.com' });
    expect(await store.sessionsOf('u1')).toEqual([]);
    expect(await store.addIdentity('u1', identity('a'))).toBe(true);
    expect(await store.beginSecondFactor('u1', 's1')).toBe(true);
    expect(await store.changePassword('u1', '$2b$12$x', 'h1')).toBe(true);
    expect(await store.byId('u1')).toMatchObject({ generation: 1, identities: [identity('a')] });
    await store.close();
  });

  it('refuses a URL that is none without repeating its password', async () => {
    for (const url of ['mongodb://me:secret@', 'mongodb://me:secret@127.0.0.1:99999/']) {
      const error = await createMongoUserStore({ url }).catch((reason) => reason);
      expect(error).toMatchObject({ code: 'invalid_setting' });
      expect(error.message).not.toContain('secret');
    }
  });
});

describe.runIf(haveOwnMongo)('when the server is away', () => {
  it('rejects with store_failed, and works again when it is back', async () => {
    const server = await startOwnMongoServer();
    const store = await createMongoUserStore({
      url: server.url,
      serverSelectionTimeoutMs: 300,
      heartbeatMs: 500,
    });
    await store.create(USER);
    await server.kill();
    await expect(store.byId('u1')).rejects.toMatchObject({ code: 'store_failed' });
    await server.start();
    await expect.poll(() => store.byId('u1').catch(() => null)).toEqual(USER);
    await store.close();
    await server.stop();
  });
});

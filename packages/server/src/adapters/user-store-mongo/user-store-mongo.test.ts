import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { userStoreContract } from '../../ports/user-store.contract.ts';
import type { User } from '../../ports/user-store.ts';
import {
  haveMongo,
  haveOwnMongo,
  type MongoServer,
  startMongoServer,
  startOwnMongoServer,
  uniqueDatabase,
} from '../../testing/mongo-server.ts';
import { createMongoUserStore } from './user-store-mongo.ts';

const USER: User = {
  id: 'u1',
  email: 'a@example.com',
  name: 'A',
  role: 'viewer',
  passwordHash: 'h',
  createdAt: 1_787_000_000_123,
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

  it('can be opened by two processes at once', async () => {
    const options = { url: server.url, database: newDatabase() };
    const [auth, command] = [await createMongoUserStore(options), await createMongoUserStore(options)];
    await command.create(USER);
    expect(await auth.byEmail(USER.email)).toEqual(USER);
    await expect(auth.create({ ...USER, id: 'u2' })).rejects.toMatchObject({ code: 'email_taken' });
    await Promise.all([auth.close(), command.close()]);
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
    await expect.poll(() => store.byId('u1').catch(() => null), { timeout: 10_000 }).toEqual(USER);
    await store.close();
    await server.stop();
  });
});

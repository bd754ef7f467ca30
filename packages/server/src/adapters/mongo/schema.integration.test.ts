import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  haveMongo,
  type MongoServer,
  startMongoServer,
  uniqueDatabase,
} from '../../testing/servers/mongo-server.ts';
import { connectMongo } from './connect.ts';
import { createMongoMarketStore, openMongoMarketReader } from './market-store/market-store-mongo.ts';
import { databaseVersion, type MongoSchema, migrateDatabase, storedVersion } from './schema.ts';
import { createMongoUserStore } from './user-store/user-store-mongo.ts';

describe.runIf(haveMongo)('the schema of a MongoDB database', () => {
  let server: MongoServer;
  let client: MongoClient;
  let options: { url: string; database: string };
  const databases: string[] = [];
  beforeAll(async () => {
    server = await startMongoServer();
    client = await MongoClient.connect(server.url);
  });
  beforeEach(() => {
    options = { url: server.url, database: uniqueDatabase() };
    databases.push(options.database);
  });
  afterAll(async () => {
    for (const database of databases) await client?.db(database).dropDatabase();
    await client?.close();
    await server?.stop();
  });

  const connected = async <T>(work: (connection: Awaited<ReturnType<typeof connectMongo>>) => Promise<T>) => {
    const connection = await connectMongo(options, 'usual');
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  };
  const words = () => client.db(options.database).collection<{ _id: string }>('words');
  const step = (word: string) => ({
    what: `the word ${word}`,
    run: (db: ReturnType<MongoClient['db']>) =>
      db
        .collection<{ _id: string }>('words')
        .updateOne({ _id: word }, { $inc: { runs: 1 } }, { upsert: true }),
  });
  const schemaOf = (...steps: MongoSchema['steps'][number][]): MongoSchema => ({ database: 'usual', steps });
  const runs = async () =>
    Object.fromEntries((await words().find().toArray()).map(({ _id, ...rest }) => [_id, rest]));
  const migrate = (schema: MongoSchema) => connected((connection) => migrateDatabase(connection, schema));

  it('is brought up to date by the steps that it lacks, each once', async () => {
    await migrate(schemaOf(step('one')));
    await migrate(schemaOf(step('one'), step('two')));
    await migrate(schemaOf(step('one'), step('two')));
    expect(await runs()).toEqual({ one: { runs: 1 }, two: { runs: 1 } });
    const schema = schemaOf(step('one'), step('two'), step('three'));
    expect(await storedVersion('words', options, schema)).toEqual({
      ...{ store: 'words', version: 2, newest: 3, steps: ['the word three'], refusal: null },
    });
    expect(await connected((connection) => databaseVersion(connection, schema))).toBe(2);
  });

  it('stays at the step before one that fails, which is named and tried again by the next', async () => {
    let fails = true;
    const unsteady = {
      what: 'an unsteady step',
      run: async () => {
        if (fails) throw new Error('no room');
      },
    };
    const schema = schemaOf(step('one'), unsteady, step('three'));
    await expect(migrate(schema)).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringMatching(/step 2 \(an unsteady step\): .*no room/),
    });
    expect(await runs()).toEqual({ one: { runs: 1 } });
    fails = false;
    await migrate(schema);
    expect(await runs()).toEqual({ one: { runs: 1 }, three: { runs: 1 } });
  });

  it('of a newer release is refused by every store that would use it, and keeps every document', async () => {
    const database = client.db(options.database);
    await database
      .collection<{ _id: string; version: number }>('schema')
      .insertOne({ _id: 'schema', version: 99 });
    for (const open of [createMongoMarketStore, openMongoMarketReader, createMongoUserStore]) {
      await expect(open(options)).rejects.toMatchObject({
        code: 'newer_release',
        message: expect.stringMatching(
          /version is 99 and this release knows \d+.*upgrade.*nothing was changed/,
        ),
      });
    }
    const names = (await database.listCollections().toArray()).map(({ name }) => name);
    expect(names.filter((name) => !name.startsWith('system.'))).toEqual(['schema']);
    expect(await storedVersion('words', options, schemaOf(step('one')))).toMatchObject({
      version: null,
      refusal: expect.stringContaining('newer release'),
    });
  });

  it('of release 0.1.0, which wrote no version, is brought up to date; its store gets a name for good', async () => {
    const name = async () => {
      const store = await createMongoMarketStore(options);
      await store.close();
      return store.storeId;
    };
    const first = await name();
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(await name()).toBe(first);
    expect(await client.db(options.database).collection('schema').find().toArray()).toMatchObject([
      { version: 2 },
    ]);
  });
});

import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertStoreContract } from '../../../ports/stores/alerts/alert-store.contract.ts';
import { alertRule, batch, firing, leased, NOW } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import {
  haveMongo,
  type MongoServer,
  startMongoServer,
  uniqueDatabase,
} from '../../../testing/servers/mongo-server.ts';
import { connectMongo, type MongoConnection } from '../connect.ts';
import { createMongoAlertStore } from './alert-store-mongo.ts';
import { createEvaluationMethods } from './evaluation-methods.ts';
import { createRuleMethods } from './rule-methods.ts';

/** Commands that change something. */
const WRITES = [
  'insertOne',
  'insertMany',
  'updateOne',
  'updateMany',
  'replaceOne',
  'deleteOne',
  'deleteMany',
  'bulkWrite',
];

/** As of a process that is killed after so many writes: the next one rejects, and so do all after it. */
function killedAfter(connection: MongoConnection, writes: number): MongoConnection {
  let left = writes;
  const cut = (db: Db): Db =>
    new Proxy(db, {
      get: (target, name) =>
        name !== 'collection'
          ? Reflect.get(target, name)
          : (collection: string) =>
              new Proxy(target.collection(collection), {
                get(on, method) {
                  const own: unknown = Reflect.get(on, method);
                  if (typeof own !== 'function') return own;
                  if (!WRITES.includes(method as string)) return own.bind(on);
                  return (...args: unknown[]) =>
                    left-- > 0 ? own.apply(on, args) : Promise.reject(new Error('killed'));
                },
              }),
    });
  const work: MongoConnection['run'] = (given) => connection.run((db) => given(cut(db)));
  return { ...connection, run: work, update: (given) => connection.update((db) => given(cut(db))) };
}

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
  const options = () => {
    databases.push(uniqueDatabase());
    return { url: server.url, database: databases[databases.length - 1] };
  };

  const prepare = async () => {
    const given = options();
    return () => createMongoAlertStore(given);
  };
  // The wire server of the tests lets writers wait for each other: a thousand rules would take it minutes.
  alertStoreContract('mongo', prepare, { trials: 200 });

  it('completes a commit that was cut off after any of its writes, once', async () => {
    const given = options();
    const store = await createMongoAlertStore(given);
    const rules = [alertRule(), alertRule({ id: 'r2' })];
    await store.createRules(rules, 2);
    const connection = await connectMongo(given, given.database);
    let writes = 0;
    let isCut = true;
    for (; isCut; writes++) {
      const round = writes + 1;
      await store.putRule(alertRule({ id: 'r2', version: round + 1 }), round);
      const lease = await leased(store);
      const complete = batch({
        positions: { chains: `${round}-0` },
        products: [{ product: 'NIFTY', epoch: 'e', replaced: null, seq: round, timestamp: round }],
        memories: [{ ruleId: 'r1', ruleVersion: 1, product: 'NIFTY', expiry: '', state: `s${round}` }],
        firings: [
          firing(`f${round}`),
          firing(`once${round}`, { ruleId: 'r2', ruleVersion: round + 1, once: true }),
          firing(`late${round}`, { ruleId: 'r2', ruleVersion: round + 1, once: true, product: 'BTC' }),
        ],
      });
      const killed = createEvaluationMethods(killedAfter(connection, writes));
      isCut = await killed.commit(lease, complete).then(
        () => false,
        () => true,
      );
      // Whoever has the partition next.
      const { positions, memories } = await store.remembered(0);
      const isCommitted = positions.chains === `${round}-0`;
      expect(isCommitted).toBe(writes > 0);
      expect(memories.filter(({ state }) => state === `s${round}`)).toHaveLength(Number(isCommitted));
      expect((await store.rule('r2'))?.status).toBe(isCommitted ? 'fired' : 'armed');
      expect((await store.commit(lease, complete))?.firings).toHaveLength(isCommitted ? 0 : 2);
    }
    expect(writes).toBeGreaterThan(6);
    const stored = await store.firings({ owner: 'u1', fromMs: 0, toMs: NOW, limit: 1_000 });
    const fired = Array.from({ length: writes }, (_, i) => [`f${i + 1}`, `once${i + 1}`]).flat();
    expect(stored.map(({ id }) => id).sort()).toEqual(fired.sort());
    expect(stored.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 2 * writes }, (_, i) => 2 * writes - i),
    );
    expect((await store.rule('r1'))?.firings).toBe(writes);
    expect((await store.rule('r2'))?.firings).toBe(writes);
    await Promise.all([store.close(), connection.close()]);
  });

  it('completes a creation of rules, and tells of every change, after any kill', async () => {
    const given = options();
    const store = await createMongoAlertStore(given);
    const connection = await connectMongo(given, given.database);
    let change = 0;
    let isCut = true;
    for (let writes = 1; isCut; writes++) {
      const killed = createRuleMethods(killedAfter(connection, writes));
      const ids = ['a', 'b'].map((each) => `${each}${writes}`);
      const owner = `u${writes}`;
      isCut = await killed
        .createRules(
          ids.map((id) => alertRule({ id, owner })),
          5,
        )
        .then(
          () => false,
          () => true,
        );
      const told = await store.changesAfter(change, 100);
      const isCreated = told.length > 0;
      expect(told.map(({ id }) => id)).toEqual(isCreated ? ids : []);
      expect(await store.rulesOf(owner, null, 10)).toHaveLength(isCreated ? 2 : 0);
      change = told.at(-1)?.change ?? change;
    }
    for (let writes = 1; writes < 4; writes++) {
      const killed = createRuleMethods(killedAfter(connection, writes));
      const [rule] = (await store.changesAfter(0, 1_000)).flatMap((each) => each.rule ?? []);
      await killed.removeRule(rule.owner, rule.id, NOW).catch(() => null);
      const told = await store.changesAfter(change, 100);
      expect(told).toMatchObject([{ id: rule.id, rule: null }]);
      change = told[0].change;
    }
    await Promise.all([store.close(), connection.close()]);
  });
});

import { LAST_INSTANT_MS } from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOON, storableChain, tickAt } from '../../../../ports/stores/market/market-store.fixture.ts';
import { DAY_MS } from '../../../../ports/stores/market/market-store-stand.fixture.ts';
import {
  haveMongo,
  type MongoServer,
  startMongoServer,
  uniqueDatabase,
} from '../../../../testing/servers/mongo-server.ts';
import { connectMongo } from '../../connect.ts';
import { CHAINS, PRODUCTS } from '../catalogue.ts';
import { snapshotDocument, tickDocument } from '../documents.ts';
import { createMongoMarketStore } from '../market-store-mongo.ts';
import { WRITERS } from '../marks.ts';
import { createBatch } from '../writing/batch.ts';
import { openWriter } from '../writing/writer.ts';
import { lateOf, ROLLUPS, rolledOf } from './collections.ts';
import { interrupted } from './interrupted.fixture.ts';
import { createRetention } from './retention.ts';
import { createRolledStore } from './rolled-store.ts';

const LEASE_MS = 60_000;
const BEFORE = NOON + 5 * DAY_MS;

describe.runIf(haveMongo)('on a server that updates in two steps', () => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await startMongoServer();
  });
  afterAll(() => server?.stop());

  it('one process puts, rolls up and removes the same documents in turn', async () => {
    const options = { url: server.url, database: uniqueDatabase() };
    const store = await createMongoMarketStore(options);
    const connection = await connectMongo(options, '');
    const { db } = connection;
    const shared = new Set([
      CHAINS,
      PRODUCTS,
      WRITERS,
      ROLLUPS,
      lateOf(db).collectionName,
      rolledOf(db).collectionName,
    ]);
    const seen = new Set<string>();
    const outOfTurn: string[] = [];
    // A new document is written in one step.
    const watched = interrupted(connection, async ({ collection, name, inTurn }) => {
      if (!shared.has(collection) || name === 'insertOne') return;
      seen.add(collection);
      if (!inTurn) outOfTurn.push(`${String(name)} of ${collection}`);
    });

    const writer = await openWriter(watched, { writerLeaseMs: LEASE_MS });
    const put = (timestamp: number, seq: number) => {
      const chain = storableChain({ timestamp, seq });
      const { expiry_at, currency, spot } = chain;
      const facts = { expiryAt: expiry_at, currency, spot };
      const entries = [{ document: snapshotDocument(chain, 0, Buffer.of(0)), facts }];
      return writer.commit(createBatch([{ entries, ticks: [tickDocument(tickAt(timestamp))] }]));
    };
    const rolled = createRolledStore(watched);
    const roll = async () => {
      await rolled.claim(LAST_INSTANT_MS);
      await rolled.roll(await rolled.marked(LAST_INSTANT_MS, null));
    };
    await put(NOON, 1);
    await roll();
    await put(NOON + 1000, 2);
    await roll();
    const retain = createRetention(watched, LEASE_MS, undefined);
    const { signal } = new AbortController();
    const bounds = { snapshotsBeforeMs: BEFORE, rowsBeforeMs: null, minutesBeforeMs: null };
    await retain(bounds, signal);
    await retain({ ...bounds, rowsBeforeMs: BEFORE, minutesBeforeMs: BEFORE }, signal);
    await writer.close();
    expect(await db.collection(ROLLUPS).countDocuments({ minutes_of: { $exists: true } })).toBe(0);
    await Promise.all([store.close(), connection.close()]);

    expect([...seen].toSorted()).toEqual([...shared].toSorted());
    expect(outOfTurn).toEqual([]);
  });
});

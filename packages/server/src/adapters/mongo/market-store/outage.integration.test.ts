import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXPIRY, NOON, storableChain, tickAt } from '../../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import {
  haveOwnMongo,
  type OwnMongoServer,
  startOwnMongoServer,
  uniqueDatabase,
} from '../../../testing/servers/mongo-server.ts';
import { createMongoMarketStore, openMongoMarketReader } from './market-store-mongo.ts';

const ALL = { fromMs: 0, toMs: 8.64e15, limit: 1_000_000 };
const SELECTION_MS = 300;

describe.runIf(haveOwnMongo)('an outage of the server', () => {
  let server: OwnMongoServer;
  const opened: { close(): Promise<void> }[] = [];
  const options = () => ({
    url: server.url,
    database: uniqueDatabase(),
    serverSelectionTimeoutMs: SELECTION_MS,
  });

  beforeEach(async () => {
    server = await startOwnMongoServer();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    await server.stop();
  });
  const open = async (given = options()): Promise<MarketStore> => {
    const store = await createMongoMarketStore({ ...given, heartbeatMs: 500 });
    opened.push(store);
    return store;
  };

  it('rejects puts and reads, and both work again when it is back', async () => {
    const store = await open();
    await store.putSnapshots([storableChain()]);
    await server.kill();
    await expect(store.putSnapshots([storableChain({ timestamp: NOON + 1 })])).rejects.toMatchObject({
      code: 'store_failed',
      permanent: false,
    });
    await expect(store.latest('NIFTY', EXPIRY)).rejects.toMatchObject({ code: 'store_failed' });
    await server.start();
    await expect
      .poll(() =>
        store.putSnapshots([storableChain({ timestamp: NOON + 1 })]).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    expect((await store.latest('NIFTY', EXPIRY))?.timestamp).toBe(NOON + 1);
    expect(await store.counts()).toMatchObject({ snapshots: 2 });
  });

  it('refuses to open without a server, naming where it should be', async () => {
    await server.kill();
    const where = server.url.slice('mongodb://'.length);
    for (const opening of [createMongoMarketStore(options()), openMongoMarketReader(options())]) {
      await expect(opening).rejects.toMatchObject({
        code: 'store_failed',
        message: expect.stringContaining(where),
      });
    }
  });

  it('closes, puts under way included', async () => {
    const store = await open();
    await server.kill();
    const put = store.putTicks([tickAt(NOON)], []).catch((error) => error);
    await store.close();
    expect(await put).toMatchObject({ code: 'store_failed' });
  });

  it('holds no more than the bound in puts that are not durable', async () => {
    const store = await createMongoMarketStore({ ...options(), maxPendingBytes: 20_000, heartbeatMs: 500 });
    opened.push(store);
    await server.kill();
    const encoded = new Set<number>();
    const chain = (i: number) => ({
      ...storableChain({ timestamp: NOON + i, seq: i }),
      // Encoding reads the summary; what waits for room is not encoded yet.
      get summary() {
        encoded.add(i);
        return storableChain().summary;
      },
    });
    const puts = Array.from({ length: 500 }, (_, i) => store.putSnapshots([chain(i)]).catch(() => undefined));
    await sleep(50);
    expect(encoded.size).toBeGreaterThan(0);
    expect(encoded.size).toBeLessThan(100);
    await server.start();
    await Promise.all(puts);
  });

  it('loses and doubles nothing when the server is killed again and again during ingest', async () => {
    const KILLS = 5;
    const given = options();
    const store = await open(given);
    const acknowledged = new Map<string, number>();
    let ingesting = true;
    const worker = async (expiry: string) => {
      for (let i = 0; ingesting; i++) {
        const chains = [0, 1].map((k) =>
          storableChain({ expiry, timestamp: NOON + 2 * i + k, seq: 2 * i + k }),
        );
        // As the storage service does: the same batch until it is stored.
        while (
          !(await store.putSnapshots(chains).then(
            () => true,
            () => false,
          ))
        )
          await sleep(20);
        for (const { timestamp, seq } of chains) acknowledged.set(`${expiry} ${timestamp}`, seq);
      }
    };
    const workers = ['2026-08-25', '2026-09-01', '2026-09-08'].map(worker);
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(200 + Math.random() * 400);
      await server.kill();
      await sleep(Math.random() * 300);
      await server.start();
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size).toBeGreaterThan(before);
    }
    ingesting = false;
    await Promise.all(workers);

    const stored: string[] = [];
    const wrong: string[] = [];
    for (const { expiry } of await store.expiries('NIFTY')) {
      for await (const { timestamp, seq } of store.snapshots('NIFTY', expiry, ALL)) {
        const key = `${expiry} ${timestamp}`;
        stored.push(key);
        if (acknowledged.get(key) !== seq) wrong.push(key);
      }
    }
    expect(wrong).toEqual([]);
    expect([...acknowledged.keys()].filter((key) => !stored.includes(key))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
    expect((await store.counts()).snapshots).toBe(stored.length);
    process.stdout.write(
      `MongoDB killed ${KILLS} times during ingest: ${acknowledged.size} acknowledged, 0 lost, 0 doubled.\n`,
    );
  });
});

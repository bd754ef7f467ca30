import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EXPIRY, NOON, storableChain, tickAt } from '../../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import {
  havePostgres,
  type PostgresServer,
  startPostgresServer,
  uniqueSchema,
} from '../../../testing/servers/postgres-server.ts';
import { startTcpProxy } from '../../../testing/servers/tcp-proxy.ts';
import { connectPostgres } from '../database/connect.ts';
import { createPostgresMarketStore, openPostgresMarketReader } from './market-store-postgres.ts';

const ALL = { fromMs: 0, toMs: 8.64e15, limit: 1_000_000 };
const KILLS = 3;

describe.runIf(havePostgres)('an outage of the server', () => {
  let server: PostgresServer;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });
  afterAll(() => server?.stop());
  const options = () => ({ url: server.url, schema: uniqueSchema() });
  const open = async (given = options()): Promise<MarketStore> => {
    const store = await createPostgresMarketStore(given);
    opened.push(store);
    return store;
  };

  it('rejects puts and reads, says what and since when, and both work again when it is back', async () => {
    const store = await open();
    await store.putSnapshots([storableChain()]);
    expect(store.problems()).toEqual([]);
    await server.kill();
    const before = Date.now();
    await expect(store.putSnapshots([storableChain({ timestamp: NOON + 1 })])).rejects.toMatchObject({
      code: 'store_failed',
      permanent: false,
    });
    await expect(store.latest('NIFTY', EXPIRY)).rejects.toMatchObject({ code: 'store_failed' });
    const [problem] = store.problems();
    expect(problem).toMatchObject({ working: false, reason: expect.stringContaining(`:${server.port}`) });
    const since = Date.parse(/away since (\S+): /.exec(problem.reason)?.[1] ?? '');
    expect(Math.abs(since - before)).toBeLessThan(30_000);
    await server.start();
    // Nobody asks anything of it meanwhile.
    await expect.poll(() => store.problems()).toEqual([]);
    await store.putSnapshots([storableChain({ timestamp: NOON + 1 })]);
    expect((await store.latest('NIFTY', EXPIRY))?.timestamp).toBe(NOON + 1);
    expect(await store.counts()).toMatchObject({ snapshots: 2 });
  });

  it('is not one when this process was busy for longer than a connection may take to open', async () => {
    const store = await createPostgresMarketStore({
      ...options(),
      connectTimeoutMs: 300,
      maxConnections: 20,
    });
    opened.push(store);
    const reads = Array.from({ length: 10 }, () => store.products());
    await new Promise(setImmediate);
    const until = performance.now() + 600;
    while (performance.now() < until);
    await Promise.all(reads);
    expect(store.problems()).toEqual([]);
  });

  it('is told of by what was asked, and ends no process, when a connection dies under any statement', async () => {
    const proxy = await startTcpProxy(server.port);
    opened.push(proxy);
    const given = {
      url: `${server.url.replace(`:${server.port}/`, `:${proxy.port}/`)}?sslmode=disable`,
      retryMinMs: 10,
      retryMaxMs: 10,
    };
    proxy.cutAt('server_version_num');
    await expect(connectPostgres(given, '')).rejects.toMatchObject({ code: 'store_failed' });
    proxy.cutAt(null);
    const connection = await connectPostgres(given, '');
    opened.unshift(connection);
    proxy.cutAt('BEGIN');
    const put = connection.transaction(async (session) => [session.query('SELECT 2')]);
    await expect(put).rejects.toMatchObject({ code: 'store_failed' });
    // What looks for the server loses its connection too, until the network lets it through.
    proxy.cutAt('SELECT 1');
    const before = proxy.accepted();
    await expect.poll(() => proxy.accepted()).toBeGreaterThan(before + 1);
    expect(connection.problem()).toMatch(/away since/);
    proxy.cutAt(null);
    await expect.poll(() => connection.problem()).toBeNull();
  });

  it('keeps a store from opening, naming where the server should be, and closes one with its puts', async () => {
    const store = await open();
    await server.kill();
    for (const opening of [createPostgresMarketStore(options()), openPostgresMarketReader(options())]) {
      await expect(opening).rejects.toMatchObject({
        code: 'store_failed',
        message: expect.stringContaining(`127.0.0.1:${server.port}`),
      });
    }
    const put = store.putTicks([tickAt(NOON)], []).catch((error) => error);
    await store.close();
    expect(await put).toMatchObject({ code: 'store_failed' });
    await server.start();
  });

  it('loses and doubles nothing when it comes again and again during ingest of two processes', async () => {
    const given = options();
    const stores = [await open(given), await open(given)];
    const acknowledged = new Map<string, number>();
    let ingesting = true;
    const ingest = async (store: MarketStore, expiry: string) => {
      for (let i = 0; ingesting; i++) {
        const chains = [0, 1].map((k) =>
          storableChain({ expiry, timestamp: NOON + 2 * i + k, seq: 2 * i + k }),
        );
        const put = () =>
          store.putSnapshots(chains).then(
            () => true,
            () => false,
          );
        // As the storage service does: the same batch until it is stored.
        while (!(await put())) await sleep(20);
        for (const { timestamp, seq } of chains) acknowledged.set(`${expiry} ${timestamp}`, seq);
      }
    };
    const workers = ['2026-08-25', '2026-09-01'].flatMap((expiry) =>
      stores.map((store) => ingest(store, expiry)),
    );
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(100 + Math.random() * 200);
      await server.kill(kill % 2 === 0 ? 'SIGQUIT' : 'SIGINT');
      await server.start();
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size).toBeGreaterThan(before);
    }
    ingesting = false;
    await Promise.all(workers);

    const [store] = stores;
    const stored = new Map<string, number>();
    for (const { expiry } of await store.expiries('NIFTY')) {
      for await (const { timestamp, seq } of store.snapshots('NIFTY', expiry, ALL)) {
        expect(stored.has(`${expiry} ${timestamp}`)).toBe(false);
        stored.set(`${expiry} ${timestamp}`, seq);
      }
    }
    expect([...acknowledged].filter(([key, seq]) => stored.get(key) !== seq)).toEqual([]);
    expect((await store.counts()).snapshots).toBe(stored.size);
    process.stdout.write(
      `PostgreSQL ended ${KILLS} times during ingest: ${acknowledged.size} acknowledged, 0 lost, 0 doubled.\n`,
    );
  });

  it('holds no more than the bound in puts that are not durable', async () => {
    const store = await createPostgresMarketStore({ ...options(), maxPendingBytes: 20_000 });
    opened.push(store);
    const encoded = new Set<number>();
    const chain = (i: number) => ({
      ...storableChain({ timestamp: NOON + i, seq: i }),
      // Encoding reads the summary; what waits for room is not encoded yet.
      get summary() {
        encoded.add(i);
        return storableChain().summary;
      },
    });
    const puts = Array.from({ length: 500 }, (_, i) => store.putSnapshots([chain(i)]));
    await Promise.resolve();
    expect(encoded.size).toBeGreaterThan(0);
    expect(encoded.size).toBeLessThan(100);
    await Promise.all(puts);
    expect(await store.counts()).toMatchObject({ snapshots: 500 });
  });
});

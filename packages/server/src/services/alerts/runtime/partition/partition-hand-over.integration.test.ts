import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../../adapters/memory/bus/bus-memory.ts';
import { createRedisBus } from '../../../../adapters/redis/bus/bus-redis.ts';
import type { Bus } from '../../../../ports/bus.ts';
import {
  haveRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../../../testing/servers/redis-server.ts';
import { PARTITIONS } from '../../intake/partitions.ts';
import { createWorkerHarness } from '../alert-worker.fixture.ts';

const PRODUCTS = ['NIFTY', 'BANKNIFTY', 'SPX', 'BTC'];
/** Of nine chains, which give three firings. */
const firingsOf = (product: string): string[] => [3, 6, 9].map((seq) => `${product} a ${seq}`);
const EXPECTED = PRODUCTS.flatMap(firingsOf).sort();
const HISTORY = 1_000;

let server: RedisServer | null = null;
let buses = 0;
const openRedis = (): Promise<Bus> => {
  buses += 1;
  return createRedisBus({ url: server?.url as string, prefix: `bus${buses}`, historyLength: HISTORY });
};
const haveRedis = haveRedisServer();
if (haveRedis) {
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server?.stop());
}

const KINDS = [
  { kind: 'in memory', open: async () => createMemoryBus({ historyLength: HISTORY }) },
  ...(haveRedis ? [{ kind: 'of Redis', open: openRedis }] : []),
];

describe.each(KINDS)('partitions that pass on, with a bus $kind', ({ open }) => {
  let world: Awaited<ReturnType<typeof createWorkerHarness>>;
  const ids = async () => (await world.firings()).map(({ id }) => id).sort();
  beforeEach(async () => {
    world = await createWorkerHarness({ leaseMs: 1_000 }, await open());
  });
  afterEach(() => world.close());

  it('are given back where they are above the share, and nothing is lost by it', async () => {
    const first = await world.start('w1');
    for (let seq = 1; seq <= 4; seq++) for (const product of PRODUCTS) await world.publish(product, seq);
    const second = await world.start('w2');
    for (let seq = 5; seq <= 9; seq++) {
      for (const product of PRODUCTS) await world.publish(product, seq);
      await sleep(100);
    }
    await expect.poll(ids).toEqual(EXPECTED);
    await expect.poll(() => Promise.all([first.held(), second.held()])).toEqual([8, 8]);
    await first.stop();
  });

  it('are not left to a worker that is not there', async () => {
    // Two that were killed before they held any.
    const signs = async (forMs: number) => {
      for (const [i, gone] of ['w3', 'w4'].entries())
        await world.store.lease(PARTITIONS + i, gone, Date.now(), forMs);
    };
    await signs(60_000);
    const first = await world.start('w1');
    const second = await world.start('w2');
    expect(await first.held()).toBeLessThan(8);
    // As once the last signs of life of those are old.
    await signs(1);
    await expect.poll(() => Promise.all([first.held(), second.held()])).toEqual([8, 8]);
  });

  it('are left, and the share with them, by a worker that cannot read the bus', async () => {
    const unread: Bus = { ...world.bus, follow: () => Promise.reject(new Error('unread')) };
    await expect(world.start('w1', unread)).rejects.toThrow('unread');
    expect(await world.store.leases(Date.now())).toEqual([]);
  });

  it('lose nothing that comes while they are given back', async () => {
    const commit = world.holdCommits();
    const first = await world.start('w1');
    for (let seq = 1; seq <= 3; seq++) await world.publish('NIFTY', seq);
    await commit.begun;
    // Those wait for the commit that is under way.
    for (let seq = 4; seq <= 5; seq++) await world.publish('NIFTY', seq);
    await sleep(50);
    const stopped = first.stop();
    for (let seq = 6; seq <= 8; seq++) await world.publish('NIFTY', seq);
    await sleep(50);
    commit.goOn();
    await stopped;
    await world.start('w2');
    await world.publish('NIFTY', 9);
    await expect.poll(ids).toEqual(firingsOf('NIFTY'));
  });

  it('lose nothing that comes while nobody holds them, be it the first that comes at all', async () => {
    const first = await world.start('w1');
    await first.stop();
    for (let seq = 1; seq <= 3; seq++) await world.publish('NIFTY', seq);
    const second = await world.start('w2');
    await expect.poll(ids).toEqual(['NIFTY a 3']);
    await second.stop();
    for (let seq = 1; seq <= 2; seq++) await world.publish('SPX', seq);
    const third = await world.start('w3');
    await world.publish('SPX', 3);
    await expect.poll(ids).toEqual(['NIFTY a 3', 'SPX a 3']);
    await third.stop();
  });
});

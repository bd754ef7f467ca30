import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bus } from '../../../ports/bus.ts';
import {
  haveRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../../testing/servers/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../../../testing/servers/tcp-proxy.ts';
import { createRedisBus, type RedisBusOptions } from './bus-redis.ts';

const frame = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const value = (bytes: Uint8Array) => Buffer.from(bytes).readUInt32LE();

const QUICK = {
  visibilityMs: 2_000,
  answerTimeoutMs: 2_000,
  firstReconnectMs: 20,
  maxReconnectMs: 200,
  statsIntervalMs: 100,
} satisfies Partial<RedisBusOptions>;
/** Longer than a test may take: what ends before was ended by something else. */
const NEVER_MS = 600_000;

describe.runIf(haveRedisServer())('Redis bus when Redis or the network fails', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });

  async function serverWith(...flags: string[]): Promise<RedisServer> {
    const server = await startRedisServer(flags);
    closers.push(server.stop);
    return server;
  }
  async function busOn(url: string, options: Partial<RedisBusOptions> = {}): Promise<Bus> {
    const bus = await createRedisBus({ url, ...QUICK, ...options });
    closers.push(() => bus.close());
    return bus;
  }
  async function proxied(): Promise<{ proxy: TcpProxy; url: string; direct: string }> {
    const server = await serverWith();
    const proxy = await startTcpProxy(server.port);
    closers.push(proxy.close);
    return { proxy, url: `redis://127.0.0.1:${proxy.port}`, direct: server.url };
  }
  /** Publishes numbers until told to stop; what it answers was acknowledged by the bus. */
  function publishing(bus: Bus, everyMs: number) {
    const acknowledged: { value: number; at: number }[] = [];
    let refused = 0;
    let on = true;
    const run = (async () => {
      for (let i = 0; on; i++) {
        await bus.publish('t', frame(i)).then(
          () => acknowledged.push({ value: i, at: Date.now() }),
          () => refused++,
        );
        await sleep(everyMs);
      }
    })();
    return {
      acknowledged,
      refused: () => refused,
      stop: async () => {
        on = false;
        await run;
      },
    };
  }

  it('counts what a group had not handled when Redis lost everything, and goes on', async () => {
    const server = await serverWith();
    const bus = await busOn(server.url);
    const seen: number[] = [];
    let blocked = true;
    await bus.consume('t', 'g', async ({ frame: bytes }) => {
      while (blocked) await sleep(10);
      seen.push(value(bytes));
    });
    for (let i = 0; i < 50; i++) await bus.publish('t', frame(i));
    const backlog = () => bus.stats().find(({ group }) => group === 'g')?.backlog;
    await expect.poll(backlog).toBe(50);
    const redis = server.connect();
    await redis.flushall();
    await redis.script('FLUSH');
    redis.disconnect();
    blocked = false;
    await expect.poll(() => bus.stats().find(({ group }) => group === 'g')?.lostTotal).toBe(49);
    for (let i = 50; i < 60; i++) await bus.publish('t', frame(i));
    await expect.poll(() => seen).toEqual([0, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
  });

  it('recovers from a restart of Redis within 10 s, with its groups, losing at most the last second', async () => {
    const server = await serverWith('--appendonly', 'yes', '--appendfsync', 'everysec');
    const bus = await busOn(server.url);
    const seen = new Map<number, number>();
    await bus.consume('t', 'g', async ({ frame: bytes }) => void seen.set(value(bytes), Date.now()));
    const followed = new Set<number>();
    await bus.follow('t', 'latest', ({ frame: bytes }) => void followed.add(value(bytes)));
    const publisher = publishing(bus, 2);
    await sleep(1500);
    await server.kill('SIGKILL');
    const downAt = Date.now();
    await sleep(500);
    await server.start();
    const upAt = Date.now();
    await expect.poll(() => Math.max(...seen.values())).toBeGreaterThan(upAt);
    const recovered = Math.min(...[...seen.values()].filter((at) => at > upAt)) - upAt;
    await sleep(500);
    await publisher.stop();
    await bus.drained();
    const lost = publisher.acknowledged.filter((each) => !seen.has(each.value));
    const unseen = publisher.acknowledged.filter((each) => !followed.has(each.value));
    process.stdout.write(
      `Redis restart: recovered after ${recovered} ms, ${publisher.acknowledged.length} published, ` +
        `${lost.length} lost by the group, ${unseen.length} by the follower\n`,
    );
    expect(recovered).toBeLessThan(10_000);
    for (const each of [...lost, ...unseen]) expect(each.at).toBeGreaterThan(downAt - 1000);
    const probe = new Redis(server.url);
    const groups = (await probe.xinfo('GROUPS', 'deltastream:{t}')) as unknown[][];
    expect(groups.map((group) => group[1])).toEqual(['g']);
    probe.disconnect();
  });

  it('tells that Redis went away and that it is back', async () => {
    const server = await serverWith();
    const bus = await busOn(server.url);
    const told: boolean[] = [];
    const stop = bus.connection.onChange((connected) => told.push(connected));
    await server.kill('SIGKILL');
    await expect.poll(() => told).toEqual([false]);
    expect(bus.connection.connected).toBe(false);
    await server.start();
    await expect.poll(() => told).toEqual([false, true]);
    expect(bus.connection.connected).toBe(true);
    stop();
    await server.kill('SIGKILL');
    await expect.poll(() => bus.connection.connected).toBe(false);
    expect(told).toEqual([false, true]);
  });

  it.each([
    ['FLUSHALL, which takes the groups away', (redis: Redis) => redis.flushall()],
    ['SCRIPT FLUSH, which takes the scripts away', (redis: Redis) => redis.script('FLUSH')],
    ['the deletion of a stream', (redis: Redis) => redis.del('deltastream:{t}')],
  ])('goes on after %s', async (_what, harm) => {
    const server = await serverWith();
    const bus = await busOn(server.url);
    const seen: number[] = [];
    const followed: number[] = [];
    await bus.consume('t', 'g', async ({ frame: bytes, deliveries }) => {
      if (deliveries === 1) throw new Error('the first time fails');
      seen.push(value(bytes));
    });
    await bus.follow('t', 'latest', ({ frame: bytes }) => followed.push(value(bytes)));
    await bus.publish('t', frame(1));
    await bus.drained();
    const redis = new Redis(server.url);
    await harm(redis);
    redis.disconnect();
    await bus.publish('t', frame(2));
    await expect.poll(() => seen).toEqual([1, 2]);
    await expect.poll(() => followed).toEqual([1, 2]);
  });

  it('waits for a server that became a replica, and refuses when that takes too long', async () => {
    const server = await serverWith();
    const bus = await busOn(server.url, { publishTimeoutMs: 600 });
    const patient = await busOn(server.url, { publishTimeoutMs: NEVER_MS });
    const redis = new Redis(server.url);
    closers.push(async () => redis.disconnect());
    await bus.publish('t', frame(1));
    await redis.replicaof('127.0.0.1', 1);
    const waiting = patient.publish('t', frame(3));
    await expect(bus.publish('t', frame(2))).rejects.toMatchObject({ code: 'unavailable' });
    await redis.replicaof('NO', 'ONE');
    await waiting;
  });

  it('refuses frames while Redis is full, and takes them again once consumers made room', async () => {
    const server = await serverWith('--maxmemory', '4mb', '--maxmemory-policy', 'noeviction');
    const bus = await busOn(server.url, { publishTimeoutMs: 200, historyLength: 1 });
    const member = await bus.consume('t', 'g', async () => {});
    await member.stop();
    const large = new Uint8Array(64 * 1024);
    const fill = async () => {
      for (let i = 0; i < 100; i++) await bus.publish('t', large);
    };
    await expect(fill()).rejects.toThrow(/OOM/);
    await bus.consume('t', 'g', async () => {});
    await expect
      .poll(() =>
        bus.publish('t', large).then(
          () => 'taken',
          () => 'refused',
        ),
      )
      .toBe('taken');
  });

  it('keeps frames through a cut of the network, without hammering the server', async () => {
    const { proxy, url } = await proxied();
    const bus = await busOn(url, { publishTimeoutMs: NEVER_MS });
    const seen = new Set<number>();
    await bus.consume('t', 'g', async ({ frame: bytes }) => void seen.add(value(bytes)));
    const publisher = publishing(bus, 1);
    await sleep(300);
    const before = proxy.accepted();
    proxy.cut();
    await sleep(1500);
    const tries = proxy.accepted() - before;
    proxy.heal();
    const healedAt = Date.now();
    await expect.poll(() => publisher.acknowledged.at(-1)?.at ?? 0).toBeGreaterThan(healedAt);
    await sleep(200);
    await publisher.stop();
    await bus.drained();
    process.stdout.write(`cut of 1,500 ms: ${tries} tries to connect by 2 connections\n`);
    expect(tries).toBeLessThan(50);
    expect(publisher.refused()).toBe(0);
    expect(publisher.acknowledged.filter((each) => !seen.has(each.value))).toEqual([]);
  });

  it('notices a network that swallows everything, bounds what waits, and comes back', async () => {
    const { proxy, url } = await proxied();
    const bus = await busOn(url, { publishTimeoutMs: 1000, maxWaitingBytes: 10_000 });
    const seen: number[] = [];
    await bus.consume('t', 'g', async ({ frame: bytes }) => void seen.push(value(bytes)));
    await bus.publish('t', frame(1));
    await expect.poll(() => seen).toEqual([1]);
    proxy.blackHole();
    await expect.poll(() => bus.connection.connected).toBe(false);
    const many = Array.from({ length: 30 }, () => bus.publish('t', new Uint8Array(1000)));
    const outcomes = await Promise.allSettled(many);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    }
    const full = outcomes.filter(
      (each) => each.status === 'rejected' && /wait for Redis/.test(each.reason.message),
    );
    expect(full.length).toBeGreaterThanOrEqual(20);
    proxy.heal();
    await expect
      .poll(() =>
        bus.publish('t', frame(2)).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await expect.poll(() => seen.includes(2)).toBe(true);
  });

  it('works over a slow network', async () => {
    const { proxy, url } = await proxied();
    proxy.setLatency(30);
    const bus = await busOn(url, { answerTimeoutMs: NEVER_MS });
    const seen: number[] = [];
    await bus.consume('t', 'g', async ({ frame: bytes }) => void seen.push(value(bytes)), { concurrency: 8 });
    await Promise.all(Array.from({ length: 100 }, (_, i) => bus.publish('t', frame(i))));
    await bus.drained();
    expect(seen).toHaveLength(100);
  });

  it('closes while Redis is away and a handler hangs', async () => {
    const { proxy, url } = await proxied();
    const bus = await busOn(url, { closeTimeoutMs: 500, publishTimeoutMs: NEVER_MS });
    await bus.consume('t', 'g', () => new Promise<void>(() => {}));
    await bus.publish('t', frame(1));
    await sleep(100);
    proxy.cut();
    const stuck = bus.publish('t', frame(2));
    await Promise.all([bus.close(), expect(stuck).rejects.toMatchObject({ code: 'stopped' })]);
  });

  it('says which server cannot be reached, without its password', async () => {
    const failure = await createRedisBus({ url: 'redis://user:hush@127.0.0.1:1' }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'unavailable' });
    expect(failure.message).toContain('redis://user:***@127.0.0.1:1');
    expect(failure.message).not.toContain('hush');
  });
});

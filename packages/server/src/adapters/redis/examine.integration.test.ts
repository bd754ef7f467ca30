import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../kit/logging/log.ts';
import { useRedis } from '../../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../../testing/servers/redis-server.ts';
import { startTcpProxy } from '../../testing/servers/tcp-proxy.ts';
import { createRedisBus } from './bus/bus-redis.ts';
import { createRedisCache } from './cache/cache-redis.ts';
import { reconnectDelay } from './connection.ts';
import { examineRedis } from './examine.ts';
import { createBullQueue } from './queue/queue-bullmq.ts';

describe.runIf(haveRedisServer())('examining Redis', () => {
  const on = useRedis();
  const failed = async (...given: Parameters<typeof examineRedis>) =>
    (await examineRedis(...given)).filter(({ ok }) => !ok).map(({ check, detail }) => `${check}: ${detail}`);

  it('finds a fresh Redis fit for every use, and leaves nothing behind', async () => {
    for (const use of ['bus', 'queue', 'cache'] as const)
      expect(await failed(use, on.server.url)).toEqual([]);
    expect((await examineRedis('bus', on.server.url)).map(({ check }) => check)).toEqual([
      'reachable',
      'version',
      'latency',
      'eviction policy',
      'permission',
      'clock',
    ]);
    expect(await on.redis.dbsize()).toBe(0);
  });

  it('refuses a database that the server does not have, instead of using database 0', async () => {
    expect(await failed('bus', `${on.server.url}/99`)).toEqual([expect.stringMatching(/has no database 99/)]);
    await expect(createRedisBus({ url: `${on.server.url}/99`, logger: silentLogger })).rejects.toMatchObject({
      code: 'invalid_setting',
      message: expect.stringMatching(/has no database 99/),
    });
    await expect(
      createRedisCache({ url: `${on.server.url}/99`, logger: silentLogger }),
    ).rejects.toMatchObject({
      code: 'invalid_setting',
    });
    await expect(createBullQueue({ url: `${on.server.url}/99`, logger: silentLogger })).rejects.toMatchObject(
      {
        code: 'invalid_setting',
      },
    );
    expect(await on.redis.dbsize()).toBe(0);
  });

  it('finds an eviction policy that would drop what each use must keep', async () => {
    await on.redis.config('SET', 'maxmemory-policy', 'volatile-lru');
    expect(await failed('bus', on.server.url)).toEqual([]);
    expect(await failed('queue', on.server.url)).toEqual([
      expect.stringMatching(/^eviction policy: volatile-lru/),
    ]);
    await on.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await failed('bus', on.server.url)).toEqual([
      expect.stringMatching(/^eviction policy: allkeys-lru/),
    ]);
    expect(await failed('cache', on.server.url)).toEqual([]);
    await on.redis.config('SET', 'maxmemory-policy', 'noeviction');
  });

  it('finds what an account may not do', async () => {
    await on.redis.call(
      'ACL',
      'SETUSER',
      'reader',
      'on',
      '>hush',
      '~*',
      '+@read',
      '+@connection',
      '+info',
      '+eval',
      '+time',
    );
    const found = await failed('bus', `redis://reader:hush@127.0.0.1:${on.server.port}`);
    expect(found).toEqual([expect.stringMatching(/^permission: .*(NOPERM|can't run this command|ACL)/i)]);
  });

  it('finds a version too old, a clock too far, a network too slow', async () => {
    const proxy = await startTcpProxy(on.server.port);
    proxy.setLatency(15);
    const limits = { oldestVersion: '99.1', maxClockDifferenceMs: -1 };
    const found = await failed('cache', `redis://127.0.0.1:${proxy.port}`, limits);
    await proxy.close();
    expect(found.map((line) => line.split(':', 1)[0])).toEqual(['version', 'latency', 'clock']);
  });

  it('finds nobody at home, and does not tell the password', async () => {
    const found = await failed('bus', 'redis://user:hush@127.0.0.1:1');
    expect(found).toEqual([expect.stringContaining('127.0.0.1:1')]);
    expect(found[0]).not.toContain('hush');
  });
});

it('waits longer from try to try up to a bound, never twice the same on purpose', () => {
  const delays = (times: number) => Array.from({ length: 200 }, () => reconnectDelay(times, 50, 2000));
  for (const [times, longest] of [
    [1, 50],
    [3, 200],
    [20, 2000],
  ]) {
    expect(Math.max(...delays(times))).toBeLessThanOrEqual(longest);
    expect(Math.min(...delays(times))).toBeGreaterThanOrEqual(longest / 2);
    expect(new Set(delays(times)).size).toBeGreaterThan(150);
  }
});

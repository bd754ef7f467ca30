import { describe, expect, it } from 'vitest';
import { rateLimiterContract } from '../../../ports/rate-limiter.contract.ts';
import { useRedis } from '../../../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../../../testing/servers/redis-server.ts';
import { startTcpProxy } from '../../../testing/servers/tcp-proxy.ts';
import { createRedisRateLimiter, type RedisRateLimiter } from './rate-limiter-redis.ts';

describe.runIf(haveRedisServer())('Redis rate limiter', () => {
  const on = useRedis();
  let opened = 0;

  const alone = async (limiter: RedisRateLimiter) =>
    Number(/_alone_total (\d+)/.exec(await limiter.metrics.metrics())?.[1]);

  /** Resolves when the limiter shares its counts. */
  async function sharing(limiter: RedisRateLimiter): Promise<RedisRateLimiter> {
    const probe = [{ key: `probe-${opened}`, perSecond: 1000, burst: 1000 }];
    await expect.poll(() => limiter.take(probe) instanceof Promise).toBe(true);
    return limiter;
  }
  const open = (url: string, prefix: string, options = {}) => {
    const limiter = createRedisRateLimiter({
      url,
      prefix,
      firstReconnectMs: 10,
      maxReconnectMs: 50,
      // The machine of the tests may be busy; what happens at the limit is a test of its own.
      commandTimeoutMs: 2_000,
      ...options,
    });
    on.closers.push(limiter.close);
    return sharing(limiter);
  };

  rateLimiterContract('redis', () => {
    opened += 1;
    return open(on.server.url, `contract-${opened}`);
  });

  it('is one limit for all who share it', async () => {
    const two = [await open(on.server.url, 'shared'), await open(on.server.url, 'shared')];
    const asked = Array.from({ length: 40 }, (_, i) =>
      two[i % 2].take([{ key: 'a', perSecond: 0.1, burst: 5 }]),
    );
    expect((await Promise.all(asked)).filter(({ allowed }) => allowed)).toHaveLength(5);
  });

  it.each(['cut', 'blackHole'] as const)(
    'decides alone while the network is away (%s), and shares again afterwards',
    async (harm) => {
      const proxy = await startTcpProxy(on.server.port);
      on.closers.push(proxy.close);
      const settings = { commandTimeoutMs: 1_500, answerTimeoutMs: 2_000, alonePauseMs: 1_000 };
      const far = await open(`redis://127.0.0.1:${proxy.port}`, `away-${harm}`, settings);
      const near = await open(on.server.url, `away-${harm}`, settings);
      const bucket = [{ key: 'a', perSecond: 0.01, burst: 4 }];
      await far.take(bucket);
      proxy[harm]();
      const responses = [];
      for (let i = 0; i < 6; i++) responses.push((await far.take(bucket)).allowed);
      expect(responses).toEqual([true, true, true, true, false, false]);
      expect(await alone(far)).toBeGreaterThanOrEqual(6);
      proxy.heal();
      await sharing(far);
      const left = [
        await near.take(bucket),
        await far.take(bucket),
        await near.take(bucket),
        await far.take(bucket),
      ];
      expect(left.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    },
  );

  it('starts without Redis', async () => {
    const limiter = createRedisRateLimiter({ url: 'redis://127.0.0.1:1', firstReconnectMs: 10 });
    on.closers.push(limiter.close);
    expect(await limiter.take([{ key: 'a', perSecond: 1, burst: 1 }])).toMatchObject({ allowed: true });
  });
});

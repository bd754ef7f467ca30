import { describe, expect, it } from 'vitest';
import { cacheContract } from '../../../ports/cache.contract.ts';
import { useRedis } from '../../../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../../../testing/servers/redis-server.ts';
import { startTcpProxy } from '../../../testing/servers/tcp-proxy.ts';
import { createRedisCache } from './cache-redis.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | null) => (value === null ? null : new TextDecoder().decode(value));
const MINUTE_MS = 60_000;
/** Longer than a test may take. */
const NEVER_MS = 600_000;

describe.runIf(haveRedisServer())('Redis cache', () => {
  const on = useRedis();
  let opened = 0;

  cacheContract('redis', async () => {
    opened += 1;
    return createRedisCache({ url: on.server.url, prefix: `contract-${opened}`, commandTimeoutMs: NEVER_MS });
  });

  async function overProxy({ answerTimeoutMs = 300 } = {}) {
    const proxy = await startTcpProxy(on.server.port);
    on.closers.push(proxy.close);
    const options = {
      prefix: `proxied-${proxy.port}`,
      firstReconnectMs: 10,
      maxReconnectMs: 50,
      retryMs: 20,
      // Beyond what a loaded machine takes over a command.
      commandTimeoutMs: 1_500,
    };
    const near = await createRedisCache({ url: on.server.url, ...options });
    const far = await createRedisCache({
      url: `redis://127.0.0.1:${proxy.port}`,
      ...options,
      answerTimeoutMs,
    });
    on.closers.push(near.close, far.close);
    return { proxy, near, far };
  }

  it('keeps bytes as they are', async () => {
    const { far } = await overProxy();
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    await far.setIfNewer('a', 1_787_000_000_123, all, MINUTE_MS);
    expect([...((await far.get('a')) ?? [])]).toEqual([...all]);
  });

  it.each(['cut', 'blackHole'] as const)(
    'returns misses while the network is away (%s), and counts them',
    async (harm) => {
      // Only the time of a command ends the wait.
      const { proxy, far } = await overProxy({ answerTimeoutMs: NEVER_MS });
      await far.setIfNewer('a', 1, bytes('one'), MINUTE_MS);
      proxy[harm]();
      for (let i = 0; i < 5; i++) expect(await far.get('a')).toBeNull();
      expect(await far.setIfNewer('a', 2, bytes('two'), MINUTE_MS)).toBe(false);
      expect(await far.metrics.metrics()).toContain('deltastream_cache_failures_total{operation="get"} 5');
      proxy.heal();
      await expect.poll(async () => text(await far.get('a'))).toBe('one');
    },
  );

  it('does not answer what it could not invalidate, and invalidates it when Redis is back', async () => {
    const { proxy, near, far } = await overProxy();
    await far.setIfNewer('a', 1, bytes('old'), MINUTE_MS);
    proxy.cut();
    await far.invalidate('a', 2, MINUTE_MS);
    proxy.heal();
    const responses = new Set<string | null>();
    for (let i = 0; i < 100; i++) responses.add(text(await far.get('a')));
    expect([...responses]).toEqual([null]);
    await expect.poll(() => near.get('a')).toBeNull();
    expect(await near.setIfNewer('a', 1, bytes('old'), MINUTE_MS)).toBe(false);
    await near.setIfNewer('a', 2, bytes('new'), MINUTE_MS);
    await expect.poll(async () => text(await far.get('a'))).toBe('new');
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { useRedis } from '../../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../../testing/servers/redis-server.ts';
import { createRedisBus } from './bus/bus-redis.ts';
import { examineRedis } from './examine.ts';
import { createBullQueue } from './queue/queue-bullmq.ts';

describe.runIf(haveRedisServer())('eviction policy of Redis', () => {
  const on = useRedis();
  beforeEach(() => on.redis.config('SET', 'maxmemory-policy', 'noeviction'));

  const openers = {
    bus: (url: string) => createRedisBus({ url, policyCheckMs: 50 }),
    queue: (url: string) => createBullQueue({ url, policyCheckMs: 50 }),
  };
  const open = async (use: 'bus' | 'queue', url = on.server.url) => {
    const opened = await openers[use](url);
    on.closers.push(() => opened.close());
    return opened;
  };
  const policyCheck = (opened: Awaited<ReturnType<typeof open>>) =>
    opened.checks().find(({ name }) => name.endsWith('_eviction_policy'));

  it.each([
    ['bus', 'allkeys-lru'],
    ['bus', 'allkeys-random'],
    ['queue', 'allkeys-lfu'],
    ['queue', 'volatile-ttl'],
  ] as const)('refuses to start the %s on %s, naming the policy and the remedy', async (use, policy) => {
    await on.redis.config('SET', 'maxmemory-policy', policy);
    const failure = await open(use).catch((error) => error);
    expect(failure).toMatchObject({ code: 'invalid_setting' });
    expect(failure.message).toContain(`--${use} redis://`);
    expect(failure.message).toContain(`maxmemory-policy "${policy}"`);
    expect(failure.message).toContain('CONFIG SET maxmemory-policy noeviction');
  });

  it('starts the bus on a policy that keeps keys without an expiry', async () => {
    await on.redis.config('SET', 'maxmemory-policy', 'volatile-lru');
    expect(policyCheck(await open('bus'))).toEqual({ name: 'bus_eviction_policy', ok: true, reason: null });
  });

  it.each(['bus', 'queue'] as const)('notices a change while the %s runs, and its mending', async (use) => {
    const opened = await open(use);
    await on.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect.poll(() => policyCheck(opened)?.ok).toBe(false);
    expect(policyCheck(opened)?.reason).toContain('maxmemory-policy "allkeys-lru"');
    await on.redis.config('SET', 'maxmemory-policy', 'noeviction');
    await expect.poll(() => policyCheck(opened)?.ok).toBe(true);
  });

  it('reads it from INFO where CONFIG is forbidden, and says that it is unknown where both are', async () => {
    const rights = async (name: string, ...rules: string[]) => {
      await on.redis.call('ACL', 'SETUSER', name, 'on', '>hush', '~*', '&*', '+@all', ...rules);
      return `redis://${name}:hush@127.0.0.1:${on.server.port}`;
    };
    const managed = await rights('managed', '-config');
    const blind = await rights('blind', '-config', '-info');
    await on.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(open('bus', managed)).rejects.toMatchObject({ code: 'invalid_setting' });
    expect(policyCheck(await open('bus', blind))).toEqual({
      name: 'bus_eviction_policy',
      ok: true,
      reason: expect.stringContaining('unknown'),
    });
    const found = (await examineRedis('bus', blind)).find(({ check }) => check === 'eviction policy');
    expect(found).toMatchObject({ ok: true, detail: expect.stringContaining('unknown') });
  });
});

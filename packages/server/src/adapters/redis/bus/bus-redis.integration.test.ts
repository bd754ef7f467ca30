import { describe } from 'vitest';
import { busContract } from '../../../ports/bus.contract.ts';
import { useRedis } from '../../../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../../../testing/servers/redis-server.ts';
import { createRedisBus } from './bus-redis.ts';

describe.runIf(haveRedisServer())('Redis bus', () => {
  const on = useRedis();
  let opened = 0;

  busContract('redis', async ({ redeliversSoon }) => {
    opened += 1;
    const visibilityMs = redeliversSoon ? 1_000 : 600_000;
    return createRedisBus({ url: on.server.url, prefix: `contract-${opened}`, visibilityMs });
  });
});

import { afterAll, beforeAll, describe } from 'vitest';
import { busContract } from '../../ports/bus.contract.ts';
import { haveRedisServer, type RedisServer, startRedisServer } from '../../testing/servers/redis-server.ts';
import { createRedisBus } from './bus-redis.ts';

describe.runIf(haveRedisServer())('Redis bus', () => {
  let server: RedisServer;
  let opened = 0;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());

  busContract('redis', async ({ redeliversSoon }) => {
    opened += 1;
    const visibilityMs = redeliversSoon ? 1_000 : 600_000;
    return createRedisBus({ url: server.url, prefix: `contract-${opened}`, visibilityMs });
  });
});

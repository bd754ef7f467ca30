import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch } from '../launch.ts';
import { readSettings } from '../settings/read.ts';
import { haveRedisServer, type RedisServer, startRedisServer } from '../testing/servers/redis-server.ts';

describe.runIf(haveRedisServer())('a platform on Redis', () => {
  const data = mkdtempSync(join(tmpdir(), 'launch-'));
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(data, { recursive: true, force: true });
  });

  it('is not ready, and says why, while Redis may drop messages or jobs', async () => {
    const shared = { bus: server.url, queue: server.url, data, port: '0', logLevel: 'silent' };
    const platform = await launch(readSettings({ ...shared, only: ['enricher'] }, {}), () => {});
    const redis = server.connect();
    const ready = async () => {
      const answer = await fetch(`${platform.urls[0]}/readyz`);
      const { checks } = (await answer.json()) as { checks: { name: string; reason: string | null }[] };
      return { status: answer.status, reasons: checks.flatMap(({ reason }) => reason ?? []) };
    };
    try {
      expect(await ready()).toEqual({ status: 200, reasons: [] });
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      // The bus and the queue find out by themselves, one after the other.
      await expect
        .poll(async () => (await ready()).reasons.join())
        .toMatch(/"allkeys-lru", which may drop messages.*noeviction/);
      expect((await ready()).status).toBe(503);
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      await expect.poll(ready).toEqual({ status: 200, reasons: [] });
    } finally {
      redis.disconnect();
      await platform.stop();
    }
  });

  it('publishes what its ports count, of whichever service', async () => {
    const shared = { bus: server.url, cache: server.url, data, port: '0', logLevel: 'silent' };
    for (const [only, metric] of [
      ['storage', 'deltastream_cache_failures_total'],
      ['socket-gateway', 'deltastream_rate_limiter_alone_total'],
      ['gateway', 'deltastream_rate_limiter_alone_total'],
    ]) {
      const platform = await launch(readSettings({ ...shared, only: [only] }, {}), () => {});
      const answer = await fetch(`${platform.urls[0]}/metrics`);
      await platform.stop();
      expect(await answer.text(), only).toContain(metric);
    }
  });
});

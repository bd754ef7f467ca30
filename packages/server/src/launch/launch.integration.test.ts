import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { launch } from '../launch.ts';
import { readSettings } from '../settings/read.ts';
import { useRedis } from '../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../testing/servers/redis-server.ts';

describe.runIf(haveRedisServer())('a platform on Redis', () => {
  const data = mkdtempSync(join(tmpdir(), 'launch-'));
  const on = useRedis();
  afterAll(() => rmSync(data, { recursive: true, force: true }));

  it('is not ready, and says why, while Redis may drop messages or jobs', async () => {
    const shared = { bus: on.server.url, queue: on.server.url, data, port: '0', logLevel: 'silent' };
    const platform = await launch(readSettings({ ...shared, only: ['enricher'] }, {}), () => {});
    const ready = async () => {
      const response = await fetch(`${platform.urls[0]}/readyz`);
      const { checks } = (await response.json()) as { checks: { name: string; reason: string | null }[] };
      return { status: response.status, reasons: checks.flatMap(({ reason }) => reason ?? []) };
    };
    try {
      expect(await ready()).toEqual({ status: 200, reasons: [] });
      await on.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      // The bus and the queue find out by themselves, one after the other.
      await expect
        .poll(async () => (await ready()).reasons.join())
        .toMatch(/"allkeys-lru", which may drop messages.*noeviction/);
      expect((await ready()).status).toBe(503);
      await on.redis.config('SET', 'maxmemory-policy', 'noeviction');
      await expect.poll(ready).toEqual({ status: 200, reasons: [] });
    } finally {
      await platform.stop();
    }
  });

  it('publishes what its ports count, of whichever service', async () => {
    const shared = { bus: on.server.url, cache: on.server.url, data, port: '0', logLevel: 'silent' };
    for (const [only, metric] of [
      ['storage', 'deltastream_cache_failures_total'],
      ['socket-gateway', 'deltastream_rate_limiter_alone_total'],
      ['gateway', 'deltastream_rate_limiter_alone_total'],
    ]) {
      const platform = await launch(readSettings({ ...shared, only: [only] }, {}), () => {});
      const response = await fetch(`${platform.urls[0]}/metrics`);
      await platform.stop();
      expect(await response.text(), only).toContain(metric);
    }
  });

  it('refuses a service that is named alone and has nothing to do, and says what it needs', async () => {
    const settings = readSettings({ bus: on.server.url, data, port: '0', only: ['mirror'] }, {});
    const started = launch(settings, () => {});
    await expect(started).rejects.toMatchObject({
      code: 'invalid_setting',
      message: '--only mirror has nothing to do without --mirror',
    });
  });
});

it.each([
  [{ record: 'sessions/' }, '--record has nothing to do with --source none'],
  [{ keepRaw: true }, '--keep-raw has nothing to do with --source none'],
])('refuses to record what no feed plays: %j', async (asked, message) => {
  const data = mkdtempSync(join(tmpdir(), 'launch-'));
  try {
    const settings = readSettings({ data, port: '0', logLevel: 'silent', source: 'none', ...asked }, {});
    await expect(launch(settings, () => {})).rejects.toMatchObject({
      code: 'invalid_setting',
      message: `${message}: say what is played, or leave it out`,
    });
  } finally {
    rmSync(data, { recursive: true });
  }
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENRICHED_CHAINS, ENRICHED_TICKS, MARKET_CHAINS, MARKET_TICKS, TOPICS } from '@deltastream/contracts';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LATER_FRAMES, RELEASED_FRAMES } from '../../../../contracts/src/released-frames.fixture.ts';
import { createRedisBus } from '../../adapters/redis/bus/bus-redis.ts';
import { launch } from '../../launch.ts';
import { readSettings } from '../../settings/read.ts';
import { haveRedisServer, type RedisServer, startRedisServer } from '../servers/redis-server.ts';

const bytesOf = (frame: string) => Buffer.from(frame, 'base64');

describe.runIf(haveRedisServer())('a bus shared with release 0.1.0', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeEach(async () => {
    server = await startRedisServer();
    redis = server.connect();
  });
  afterEach(async () => {
    redis.disconnect();
    await server.stop();
  });

  /** Appends a frame as every release has done. */
  const append = (topic: string, frame: Uint8Array) =>
    redis.xadd(`deltastream:{${topic}}`, '*', 'f', Buffer.from(frame));

  it.each(Object.keys(RELEASED_FRAMES))(
    '%s: frames of both, in turn, reach consumers and followers',
    async (name) => {
      const topic = TOPICS.find((each) => each.name === name);
      if (topic === undefined) throw new Error(`there is no topic ${name}`);
      const released = bytesOf(RELEASED_FRAMES[name as keyof typeof RELEASED_FRAMES]);
      const later: Record<string, string> = LATER_FRAMES;
      const now =
        name in later ? bytesOf(later[name]) : topic.frames.encode(topic.frames.decode(released) as never);
      const bus = await createRedisBus({ url: server.url });
      const consumed: unknown[] = [];
      const followed: unknown[] = [];
      await bus.consume(name, 'group', async ({ frame }) => void consumed.push(topic.frames.decode(frame)));
      await bus.follow(name, 'latest', ({ frame }) => void followed.push(topic.frames.decode(frame)));
      const frames = [released, now, released, now];
      for (const frame of frames) await append(name, frame);
      const expected = frames.map((frame) => topic.frames.decode(frame));
      await expect.poll(() => consumed.length).toBe(frames.length);
      await expect.poll(() => followed.length).toBe(frames.length);
      expect(followed).toEqual(expected);
      expect(consumed).toEqual(expect.arrayContaining(expected));
      expect(await redis.xlen(`deltastream:{${name}}:dead`)).toBe(0);
      await bus.close();
    },
  );

  it('its feed and its enricher are followed by the storage and the enricher of today', async () => {
    const data = mkdtempSync(join(tmpdir(), 'neighbours-'));
    const shared = { bus: server.url, queue: server.url, cache: server.url, data, source: 'none' };
    const only = ['enricher', 'storage'];
    const settings = readSettings({ ...shared, only, port: 0, logLevel: 'silent' }, {});
    const platform = await launch(settings, () => {});
    try {
      await append(MARKET_TICKS.name, bytesOf(RELEASED_FRAMES[MARKET_TICKS.name]));
      await append(ENRICHED_TICKS.name, bytesOf(RELEASED_FRAMES[ENRICHED_TICKS.name]));
      await append(ENRICHED_CHAINS.name, bytesOf(RELEASED_FRAMES[ENRICHED_CHAINS.name]));
      const chain = MARKET_CHAINS.frames.decode(bytesOf(RELEASED_FRAMES[MARKET_CHAINS.name]));
      await append(MARKET_CHAINS.name, bytesOf(RELEASED_FRAMES[MARKET_CHAINS.name]));
      const next = { ...chain, timestamp: chain.timestamp + 1000, seq: chain.seq + 1 };
      await append(MARKET_CHAINS.name, MARKET_CHAINS.frames.encode(next));
      const all = { fromMs: 0, toMs: 8.64e15, limit: 10 };
      const stored = async () =>
        (await platform.ports.marketStore?.summaries('NIFTY', chain.expiry, all))?.map(
          ({ timestamp }) => timestamp,
        );
      const enriched = ENRICHED_CHAINS.frames.decode(bytesOf(RELEASED_FRAMES[ENRICHED_CHAINS.name]));
      const expected = [chain.timestamp, next.timestamp, enriched.timestamp].sort((a, b) => a - b);
      await expect.poll(stored).toEqual(expected);
      const dead = await Promise.all(TOPICS.map(({ name }) => redis.xlen(`deltastream:{${name}}:dead`)));
      expect(dead.filter((count) => count > 0)).toEqual([]);
    } finally {
      await platform.stop();
      rmSync(data, { recursive: true, force: true });
    }
  });
});

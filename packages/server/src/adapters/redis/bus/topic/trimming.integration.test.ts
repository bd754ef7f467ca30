import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from '../../../../ports/bus.ts';
import { useRedis } from '../../../../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../../../../testing/servers/redis-server.ts';
import { startTcpProxy } from '../../../../testing/servers/tcp-proxy.ts';
import { createRedisBus, type RedisBusOptions } from '../bus-redis.ts';
import { topicKeys } from '../keys.ts';
import { MEASURE_ONLY, measureTopic } from './topic-measure.ts';

const FRAME_BYTES = 1000;
const frame = (value: number) => {
  const bytes = Buffer.alloc(FRAME_BYTES);
  bytes.writeUInt32LE(value);
  return bytes;
};
const value = (bytes: Uint8Array) => Buffer.from(bytes).readUInt32LE();
const lost = (bus: Bus, group: string) => bus.stats().find((each) => each.group === group)?.lostTotal;

describe.runIf(haveRedisServer())('Redis bus: bounds', () => {
  const on = useRedis();
  beforeEach(() => on.redis.flushall());

  async function open(options: Partial<RedisBusOptions>): Promise<Bus> {
    const bus = await createRedisBus({
      url: on.server.url,
      prefix: 'p',
      trimEvery: 20,
      statsIntervalMs: 50,
      ...options,
    });
    on.closers.push(() => bus.close());
    return bus;
  }

  it('drops nothing below the bound in a process that only consumes, however small frames are', async () => {
    const publisher = await open({});
    const member = await publisher.consume('t', 'g', async () => {});
    await member.stop();
    for (let i = 0; i < 500; i++) await publisher.publish('t', frame(i));
    const consumer = await open({ overflow: 'drop_oldest', maxBacklogBytes: 600 * FRAME_BYTES });
    let seen = 0;
    await consumer.consume('t', 'g', async () => void seen++, { concurrency: 10 });
    await consumer.drained();
    expect(seen).toBe(500);
    expect(lost(consumer, 'g')).toBe(0);
  });

  it('removes nothing where it only measures, between two frames of a group neither', async () => {
    const bus = await open({ historyLength: 50 });
    for (let i = 0; i < 5; i++) await bus.publish('t', frame(i));
    const keys = topicKeys('p', 't');
    await on.redis.xgroup('CREATE', keys.frames, 'g', '0');
    const read = await on.redis.xreadgroup('GROUP', 'g', 'member', 'COUNT', 2, 'STREAMS', keys.frames, '>');
    const [[, entries]] = read as [[string, [string, string[]][]]];
    await on.redis.xack(keys.frames, 'g', ...entries.map(([id]) => id));
    expect(await measureTopic(on.redis, keys, MEASURE_ONLY)).toMatchObject({
      length: 5,
      groups: [{ name: 'g', left: 3, pending: 0 }],
    });
  });

  it('keeps a short history of what everybody acknowledged, and everything that somebody did not', async () => {
    const bus = await open({ historyLength: 50 });
    await bus.consume('t', 'quick', async () => {}, { concurrency: 50 });
    const slow = await bus.consume('t', 'slow', async () => {});
    await slow.stop();
    for (let i = 0; i < 300; i++) await bus.publish('t', frame(i));
    expect(await on.redis.xlen('p:{t}')).toBeGreaterThanOrEqual(300 - 1);
    let seen = 0;
    await bus.consume('t', 'slow', async () => void seen++, { concurrency: 50 });
    await bus.drained();
    expect(seen).toBe(300);
    for (let i = 0; i < 100; i++) await bus.publish('t', frame(i));
    await bus.drained();
    await expect.poll(() => on.redis.xlen('p:{t}')).toBeLessThan(50 + 2 * 20 + 1);
    expect(await on.redis.xlen('p:{t}')).toBeGreaterThanOrEqual(50);
    expect([lost(bus, 'quick'), lost(bus, 'slow')]).toEqual([0, 0]);
  });

  it('keeps what is young of a topic that is resumed, up to so many bytes, also in a process that knows nothing of before', async () => {
    const settings = { historyLength: 20, resumed: ['t'], resumeMs: 1_500, resumeBytes: 300 * FRAME_BYTES };
    // As the setting has it; the least that it takes is for operators.
    const bus = await open(settings);
    const publish = async (to: Bus, frames: number) => {
      for (let i = 0; i < frames; i++) await to.publish('t', frame(i));
      for (let i = 0; i < frames; i++) await to.publish('other', frame(i));
    };
    const held = (topic: string) => on.redis.xlen(`p:{${topic}}`);
    await publish(bus, 200);
    const later = await open(settings);
    await publish(later, 50);
    await sleep(150);
    expect(await held('t')).toBe(250);
    expect(await held('other')).toBeLessThan(20 + 2 * 20 + 1);
    await publish(later, 600);
    await expect.poll(() => held('t')).toBeLessThan(300 + 2 * 20 + 1);
    expect(await held('t')).toBeGreaterThanOrEqual(300);
    // What is older goes, but for the history of every topic.
    await expect.poll(() => held('t')).toBeLessThan(20 + 2 * 20 + 1);
    expect(await held('t')).toBeGreaterThanOrEqual(20);
  });

  it('counts exactly what it drops, for each group, in every process, and drops nothing that is being handled', async () => {
    const bus = await open({
      maxBacklogBytes: 100 * FRAME_BYTES,
      overflow: 'drop_oldest',
      historyLength: 10,
    });
    const other = await open({});
    const seen = { slow: [] as number[], half: [] as number[] };
    let open1 = () => {};
    const gate = new Promise<void>((resolve) => {
      open1 = resolve;
    });
    const take = (group: 'slow' | 'half') => async (delivery: { frame: Uint8Array }) => {
      await gate;
      seen[group].push(value(delivery.frame));
    };
    await bus.consume('t', 'slow', take('slow'), { concurrency: 3 });
    await bus.consume('t', 'half', take('half'), { concurrency: 70 });
    for (let i = 0; i < 1000; i++) await bus.publish('t', frame(i));
    await expect.poll(() => on.redis.xlen('p:{t}')).toBeLessThan(100 + 70 + 2 * 20);
    open1();
    await bus.drained();
    for (const group of ['slow', 'half'] as const) {
      const dropped = lost(bus, group) ?? 0;
      expect(new Set(seen[group]).size).toBe(seen[group].length);
      expect(seen[group].length + dropped).toBe(1000);
      expect(dropped).toBeGreaterThan(700);
      // What was being handled from the start stayed; the newest frames stayed, too.
      expect(seen[group].slice(0, 3).toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
      expect(seen[group]).toContain(999);
      await expect.poll(() => lost(other, group)).toBe(dropped);
    }
    expect(bus.pressure('t')).toBe(0);
    expect(bus.stats().map(({ backlog }) => backlog)).toEqual([0, 0, 0]);
  });

  it('counts what is dropped while every consumer is away', async () => {
    const bus = await open({
      maxBacklogBytes: 100 * FRAME_BYTES,
      overflow: 'drop_oldest',
      historyLength: 10,
    });
    const member = await bus.consume('t', 'g', async () => {});
    await member.stop();
    for (let i = 0; i < 1000; i++) await bus.publish('t', frame(i));
    expect(bus.pressure('t')).toBeGreaterThan(0.9);
    const seen: number[] = [];
    await bus.consume('t', 'g', async (delivery) => void seen.push(value(delivery.frame)), {
      concurrency: 10,
    });
    await bus.drained();
    expect(seen.length + (lost(bus, 'g') ?? 0)).toBe(1000);
    expect(seen.length).toBeLessThan(100 + 2 * 20);
  });

  it('holds the publisher back instead, under the other policy', async () => {
    const bus = await open({ maxBacklogBytes: 100 * FRAME_BYTES, overflow: 'wait' });
    const member = await bus.consume('t', 'g', async () => {});
    await member.stop();
    let published = 0;
    const publishing = (async () => {
      for (let i = 0; i < 300; i++) {
        await bus.publish('t', frame(i));
        published += 1;
      }
    })();
    await expect.poll(() => published).toBeGreaterThan(90);
    await sleep(300);
    expect(published).toBeLessThanOrEqual(101);
    let seen = 0;
    await bus.consume('t', 'g', async () => void seen++, { concurrency: 10 });
    await publishing;
    await bus.drained();
    expect([seen, lost(bus, 'g')]).toEqual([300, 0]);
  });

  it('counts what was trimmed before a follower came to read it', async () => {
    const proxy = await startTcpProxy(on.server.port);
    on.closers.push(proxy.close);
    const bus = await open({ historyLength: 20 });
    const far = await open({
      url: `redis://127.0.0.1:${proxy.port}`,
      firstReconnectMs: 20,
      maxReconnectMs: 50,
    });
    let seen = 0;
    await far.follow('t', 'latest', () => void seen++);
    for (let i = 0; i < 30; i++) await bus.publish('t', frame(i));
    await expect.poll(() => seen).toBe(30);
    proxy.cut();
    for (let i = 0; i < 500; i++) await bus.publish('t', frame(i));
    await sleep(100);
    proxy.heal();
    await expect.poll(() => seen + (lost(far, 'followers') ?? 0)).toBe(530);
    expect(seen).toBeLessThan(200);
    await expect.poll(() => lost(bus, 'followers')).toBe(530 - seen);
  });
});

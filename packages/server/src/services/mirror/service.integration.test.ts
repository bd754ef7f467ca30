import { ENRICHED_CHAINS, ENRICHED_TICKS } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createRedisChannels } from '../../adapters/redis/channels/channels-redis.ts';
import { REDIS } from '../../adapters/redis/settings.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import type { Bus } from '../../ports/bus.ts';
import type { TextChannels } from '../../ports/text-channels.ts';
import { useRedis } from '../../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../../testing/servers/redis-server.ts';
import { enrichedChain, enrichedTick } from '../socket-gateway/testing/enriched.fixture.ts';
import { createMirror, type MirrorConfig } from './service.ts';

let bus: Bus;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  bus = createMemoryBus();
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  await bus.close();
});

async function start(channels: TextChannels, config: Partial<MirrorConfig> = {}) {
  const mirror = createMirror({ bus, channels, logger: silentLogger }, { dataset: 'recorded', ...config });
  await mirror.start();
  closers.push(mirror.stop);
  return mirror;
}

const publishChain = (expiry: string, seq: number) =>
  bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(enrichedChain('NIFTY', expiry, seq)));
const publishTick = (seq: number, product = 'NIFTY', dataset = 'recorded') =>
  bus.publish(ENRICHED_TICKS.name, ENRICHED_TICKS.frames.encode(enrichedTick(product, seq, { dataset })));

describe.runIf(haveRedisServer)('a mirror', () => {
  const suite = useRedis();

  it('publishes prices, chains and summaries as JSON, and keeps the latest for a time', async () => {
    const heard: [string, Record<string, unknown>][] = [];
    const listener = suite.server.connect();
    closers.push(async () => listener.disconnect());
    await listener.psubscribe('enriched:*');
    listener.on('pmessage', (_pattern, channel, text) => heard.push([channel, JSON.parse(text)]));
    const options = { ...REDIS.defaults, url: suite.server.url, name: 'test', logger: silentLogger };
    const channels = createRedisChannels(options);
    closers.push(channels.close);
    const mirror = await start(channels, { keepMs: 300_000 });
    await publishChain('2026-08-25', 1);
    await publishChain('2026-09-01', 2);
    await publishTick(3);
    await publishTick(4, 'BANKNIFTY', 'synthetic');
    await expect
      .poll(() => heard.map(([channel]) => channel).sort())
      .toEqual([
        'enriched:chain:NIFTY',
        'enriched:chain:NIFTY',
        'enriched:price:NIFTY',
        'enriched:summary:NIFTY',
        'enriched:summary:NIFTY',
      ]);
    const of = (channel: string) => heard.filter(([each]) => each === channel).map(([, body]) => body);
    expect(of('enriched:chain:NIFTY')[0]).toMatchObject({
      expiry: '2026-08-25',
      seq: 1,
      strikes: [90, 100, 110],
    });
    expect(of('enriched:summary:NIFTY')[1]).toMatchObject({ expiry: '2026-09-01', seq: 2 });
    expect(of('enriched:summary:NIFTY')[1]).not.toHaveProperty('strikes');
    expect(of('enriched:price:NIFTY')).toMatchObject([{ product: 'NIFTY', price: 103, seq: 3 }]);
    const kept = async (key: string) => JSON.parse((await suite.redis.get(key)) ?? 'null');
    expect(await kept('latest:chain:NIFTY')).toMatchObject({ expiry: '2026-08-25' });
    expect(await kept('latest:chain:NIFTY:2026-09-01')).toMatchObject({ expiry: '2026-09-01' });
    expect(await kept('latest:price:NIFTY')).toMatchObject({ seq: 3 });
    expect(await suite.redis.pttl('latest:price:NIFTY')).toBeGreaterThan(200_000);
    expect(await mirror.metrics.metrics()).toMatch(/messages_total\{kind="chain"\} 2/);
  });
});

it('sends the latest of each where it cannot keep up, counts what it drops, and holds nobody up', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let sends = 0;
  const prices: number[] = [];
  const channels: TextChannels = {
    subscribe: async () => ({ stop: async () => {} }),
    async send(messages) {
      sends += 1;
      await gate;
      for (const { channel, text } of messages) {
        if (channel === 'enriched:price:NIFTY') prices.push(JSON.parse(text).seq);
      }
    },
    problem: () => null,
    close: async () => {},
  };
  const mirror = await start(channels, { maxWaiting: 1 });
  await publishTick(1);
  await expect.poll(() => sends).toBe(1);
  for (let seq = 2; seq <= 50; seq++) await publishTick(seq);
  await publishTick(1, 'BANKNIFTY');
  await expect.poll(() => mirror.metrics.metrics()).toMatch(/dropped_total\{reason="overflow"\} 1/);
  expect(await mirror.metrics.metrics()).toMatch(/dropped_total\{reason="conflated"\} 48/);
  open();
  await expect.poll(() => prices).toEqual([1, 50]);
});

it('goes on after messages that could not be sent, which are counted', async () => {
  const channels: TextChannels = {
    subscribe: async () => ({ stop: async () => {} }),
    send: async () => Promise.reject(new Error('away')),
    problem: () => 'Redis cannot be reached',
    close: async () => {},
  };
  const mirror = await start(channels);
  await publishTick(1);
  await expect.poll(() => mirror.metrics.metrics()).toMatch(/dropped_total\{reason="not_sent"\} 1/);
  expect(await mirror.ready()).toMatchObject([{ ok: false, reason: 'Redis cannot be reached' }]);
});

it('loses nothing else by a chain whose columns cannot be read', async () => {
  const texts: string[] = [];
  const channels: TextChannels = {
    subscribe: async () => ({ stop: async () => {} }),
    send: async (messages) => {
      texts.push(...messages.map(({ text }) => text));
    },
    problem: () => null,
    close: async () => {},
  };
  const mirror = await start(channels);
  const frame = ENRICHED_CHAINS.frames.encode(enrichedChain('NIFTY', '2026-08-25', 1));
  await bus.publish(ENRICHED_CHAINS.name, frame.subarray(0, frame.length - 8));
  await publishTick(2);
  await expect.poll(() => texts.map((text) => JSON.parse(text).seq)).toEqual([2]);
  const metrics = await mirror.metrics.metrics();
  expect(metrics).toMatch(/dropped_total\{reason="malformed"\} 1/);
  expect(metrics).not.toMatch(/reason="not_sent"/);
});

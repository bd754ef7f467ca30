import { MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { tarOf } from '@deltastream/recordings/testing/archive';
import { recording, withFile } from '@deltastream/recordings/testing/recordings';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createLogger, silentLogger } from '../../kit/logging/log.ts';
import { createImportNumbers } from '../../kit/recordings/import-numbers.ts';
import type { Bus } from '../../ports/bus.ts';
import { createManualClock, systemClock } from '../../ports/clock.ts';
import { createFeed, type Feed, type FeedConfig } from './service.ts';

const HEADER = 'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg';
const row = (minute: number, strike: number) =>
  `2026081911${minute},25-Aug-2026,${strike},CE,24052.4,61.5,10,5,-2`;
const minutes = (...rows: string[]) => `${[HEADER, ...rows].join('\n')}\n`;

const open: { bus: Bus; feeds: Feed[] } = { bus: createMemoryBus(), feeds: [] };
afterEach(async () => {
  for (const feed of open.feeds.splice(0)) await feed.stop();
  await open.bus.close();
  open.bus = createMemoryBus();
});

function feedOf(config: FeedConfig, bus: Bus = open.bus, logger = silentLogger, clock = systemClock): Feed {
  const feed = createFeed({ bus, clock, logger }, config);
  open.feeds.push(feed);
  return feed;
}

async function collectFrames(bus: Bus) {
  const chains: string[] = [];
  const ticks: string[] = [];
  await bus.consume(MARKET_CHAINS.name, 'test', async ({ frame }) => {
    const { expiry, seq, timestamp } = MARKET_CHAINS.frames.decode(frame);
    chains.push(`${timestamp} ${expiry} ${seq}`);
  });
  await bus.consume(MARKET_TICKS.name, 'test', async ({ frame }) => {
    const { seq, timestamp } = MARKET_TICKS.frames.decode(frame);
    ticks.push(`${timestamp} ${seq}`);
  });
  return { chains, ticks };
}

describe('a replay', () => {
  test('publishes every message in order and ends with a summary', async () => {
    const frames = await collectFrames(open.bus);
    const content = minutes(row(27, 24_000), row(27, 24_050), '<html>', row(28, 24_000));
    await withFile('nifty.csv', content, async (path) => {
      const feed = feedOf({ source: { kind: 'replay', path }, speed: 'max' });
      await feed.start();
      const summary = await feed.finished;
      expect(summary).toMatchObject({
        chains: 2,
        ticks: 2,
        rejected: 1,
        rejectedByReason: { wrong_column_count: 1 },
        firstTimestamp: Date.parse('2026-08-19T05:57:00Z'),
        lastTimestamp: Date.parse('2026-08-19T05:58:00Z'),
        stopped: false,
      });
      expect(feed.progress()).toMatchObject({ chains: 2, position: content.length, total: content.length });
      expect((await feed.ready()).every(({ ok }) => ok)).toBe(true);
      expect(await feed.metrics.metrics()).toContain(
        'deltastream_feed_rejected_total{reason="wrong_column_count"} 1',
      );
    });
    await open.bus.drained();
    expect(frames.chains).toEqual([
      `${Date.parse('2026-08-19T05:57:00Z')} 2026-08-25 1`,
      `${Date.parse('2026-08-19T05:58:00Z')} 2026-08-25 2`,
    ]);
    expect(frames.ticks.length).toBe(2);
  });

  test('waits for the recorded time', async () => {
    await withFile('nifty.csv', minutes(row(27, 24_000), row(28, 24_000)), async (path) => {
      const feed = feedOf({ source: { kind: 'replay', path }, speed: 300 });
      const begun = performance.now();
      await feed.start();
      await feed.finished;
      expect(performance.now() - begun).toBeGreaterThan(190);
    });
  });

  test('stops in the middle of a wait', async () => {
    await withFile('nifty.csv', minutes(row(27, 24_000), row(28, 24_000)), async (path) => {
      const feed = feedOf({ source: { kind: 'replay', path } });
      await feed.start();
      await feed.stop();
      await feed.stop();
      expect(await feed.finished).toMatchObject({ stopped: true });
    });
  });

  test('a file that cannot be read fails the start, named', async () => {
    const feed = feedOf({ source: { kind: 'replay', path: '/nowhere/nifty.csv' } });
    await expect(feed.start()).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringContaining('nifty.csv'),
    });
    expect((await feed.ready())[0]).toMatchObject({
      ok: false,
      reason: expect.stringContaining('nifty.csv'),
    });
    await expect(feed.finished).rejects.toMatchObject({ code: 'unreadable_source' });
    await feed.stop();
  });

  test('a stop while the file is being opened ends the opening', async () => {
    const archive = await tarOf([['README', 'x'.repeat(20_000_000)]]);
    await withFile('pages.tar', archive, async (path) => {
      const feed = feedOf({ source: { kind: 'replay', path } });
      const started = feed.start().catch((error: unknown) => error);
      await feed.stop();
      expect(await started).toMatchObject({ code: 'stopped' });
    });
  });

  test('a reason for which rows are rejected is logged once, with their number and the first place', async () => {
    const lines: { message: string; count?: number; reason?: string }[] = [];
    const logger = createLogger('warn', { write: (text: string) => lines.push(JSON.parse(text)) });
    const content = minutes(...Array.from({ length: 1000 }, () => '<html>'), row(28, 24_000));
    await withFile('nifty.csv', content, async (path) => {
      const feed = feedOf({ source: { kind: 'replay', path }, speed: 'max' }, open.bus, logger);
      await feed.start();
      expect(await feed.finished).toMatchObject({ rejected: 1000, chains: 1 });
    });
    expect(lines).toEqual([
      expect.objectContaining({
        message: '1000 parts were rejected, the first nifty.csv line 2',
        count: 1000,
        reason: '1 columns, expected 9: "<html>"',
      }),
    ]);
  });
});

describe('the synthetic feed', () => {
  const source = {
    kind: 'synthetic',
    products: ['SPY', 'BTC'],
    ticksPerSecond: 20,
    chainIntervalMs: 50,
  } as const;

  test('goes on in real time until it is stopped', async () => {
    const frames = await collectFrames(open.bus);
    const feed = feedOf({ source });
    const begun = performance.now();
    await feed.start();
    expect((await feed.ready()).every(({ ok }) => ok)).toBe(true);
    await expect.poll(() => frames.ticks.length).toBeGreaterThan(10);
    await feed.stop();
    const summary = await feed.finished;
    const mostOfEach = 1 + ((performance.now() - begun) * source.ticksPerSecond) / 1000;
    expect(summary.stopped).toBe(true);
    expect(summary.ticks).toBeLessThanOrEqual(source.products.length * mostOfEach);
    expect(summary.chains).toBeGreaterThanOrEqual(3 * summary.ticks - 6);
    await open.bus.drained();
    expect(frames.ticks.length).toBe(summary.ticks);
  });

  test('at full speed the rest of the process gets its turns', async () => {
    const feed = feedOf({ source, speed: 'max' });
    await feed.start();
    const turns: number[] = [];
    for (let i = 0; i < 5; i++) {
      // By this thread's own time: what the machine does to everybody is not the feed's.
      const { user, system } = process.threadCpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 1));
      const spent = process.threadCpuUsage();
      turns.push((spent.user + spent.system - user - system) / 1000);
    }
    await feed.stop();
    expect((await feed.finished).chains).toBeGreaterThan(10);
    expect(Math.max(...turns)).toBeLessThan(500);
  });

  test('a setting that makes no sense fails the start', async () => {
    const feed = feedOf({ source: { kind: 'synthetic', products: ['UNHEARD'] } });
    await expect(feed.start()).rejects.toMatchObject({ code: 'invalid_setting' });
  });

  test('a bus that fails for a while loses nothing', async () => {
    let failures = 3;
    const flaky: Bus = {
      ...open.bus,
      publish: async (topic, frame) => {
        if (failures-- > 0) throw new Error('connection lost');
        return open.bus.publish(topic, frame);
      },
    };
    const frames = await collectFrames(open.bus);
    await withFile('nifty.csv', minutes(row(27, 24_000)), async (path) => {
      const feed = feedOf({ source: { kind: 'replay', path }, speed: 'max', maxRetryMs: 5 }, flaky);
      await feed.start();
      expect(await feed.finished).toMatchObject({ chains: 1, ticks: 1 });
      expect(await feed.metrics.metrics()).toContain('deltastream_feed_publish_retries_total 3');
    });
    await open.bus.drained();
    expect(frames.chains.length).toBe(1);
  });

  test('goes on when the wall clock is set back and forth, and is ready', async () => {
    const HOUR = 3_600_000;
    const clock = createManualClock(Date.parse('2026-08-19T06:00:00Z'));
    const { ticks } = await collectFrames(open.bus);
    const feed = feedOf({ source, staleAfterMs: 3000 }, open.bus, silentLogger, clock);
    await feed.start();
    const passing = setInterval(() => clock.set(clock.now() + 100), 5);
    try {
      for (const byMs of [0, -HOUR, HOUR, HOUR, -HOUR]) {
        clock.step(byMs);
        const before = ticks.length;
        await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(before + 5));
        expect(await feed.ready(), `set by ${byMs} ms`).toEqual([{ name: 'source', ok: true, reason: null }]);
      }
    } finally {
      clearInterval(passing);
    }
    const times = ticks.map((line) => Number(line.split(' ')[0]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('is not ready when the bus takes nothing, whatever the wall clock shows', async () => {
    const clock = createManualClock(Date.parse('2026-08-19T06:00:00Z'));
    const stuck: Bus = { ...open.bus, publish: () => new Promise(() => {}) };
    const feed = feedOf({ source, staleAfterMs: 3000, stopTimeoutMs: 20 }, stuck, silentLogger, clock);
    await feed.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.set(clock.now() + 5000);
    clock.step(-3_600_000);
    expect((await feed.ready())[0].ok).toBe(false);
    await feed.stop();
  });

  test('is not ready when the bus takes nothing, and not before it starts', async () => {
    const clock = createManualClock(Date.parse('2026-08-19T06:00:00Z'));
    const stuck: Bus = { ...open.bus, publish: () => new Promise(() => {}) };
    const feed = feedOf({ source, staleAfterMs: 3000, stopTimeoutMs: 20 }, stuck, silentLogger, clock);
    expect(await feed.ready()).toEqual([{ name: 'source', ok: false, reason: 'not started' }]);
    await feed.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.set(clock.now() + 2000);
    expect((await feed.ready())[0].ok).toBe(true);
    clock.set(clock.now() + 3000);
    expect(await feed.ready()).toEqual([
      { name: 'source', ok: false, reason: expect.stringContaining('5 s after it was due') },
    ]);
    await feed.stop();
    expect(await feed.finished).toMatchObject({ chains: 0, stopped: true });
  });
});

test('stopped before it started, a feed has finished', async () => {
  const feed = feedOf({ source: { kind: 'synthetic' } });
  await feed.stop();
  expect(await feed.finished).toMatchObject({ chains: 0, stopped: true });
});

const real = recording('nse/nifty_chain_20260819.csv.gz');

test.skipIf(real.absent)('a real recording goes through completely', async () => {
  const frames = await collectFrames(open.bus);
  const feed = feedOf({ source: { kind: 'replay', path: real.path }, speed: 'max' });
  await feed.start();
  expect(await feed.finished).toMatchObject({ chains: 408, ticks: 102, rejected: 0 });
  await open.bus.drained();
  expect(frames.chains.length).toBe(408);
  expect(new Set(frames.chains).size).toBe(408);
});

test('a replay takes its number from the rule of imports, so a clock set back makes it lose to nothing', async () => {
  const generations: (number | undefined)[] = [];
  await open.bus.consume(MARKET_CHAINS.name, 'test', async ({ frame }) => {
    generations.push(MARKET_CHAINS.frames.decode(frame).generation);
  });
  const stored = { latestImport: async () => Date.now() + 3_600_000 };
  const highest = await stored.latestImport();
  await withFile('nifty.csv', minutes(row(27, 24_000)), async (path) => {
    for (const keepExisting of [false, true]) {
      const nextImport = createImportNumbers({ bus: open.bus, store: stored });
      const feed = createFeed(
        { bus: open.bus, clock: systemClock, logger: silentLogger, nextImport },
        { source: { kind: 'replay', path }, speed: 'max', keepExisting },
      );
      open.feeds.push(feed);
      await feed.start();
      await feed.finished;
      expect(Math.abs(feed.generation() ?? 0)).toBeGreaterThan(highest);
    }
  });
  await open.bus.drained();
  expect(generations[0]).toBeGreaterThan(highest);
  expect(generations[1]).toBeLessThan(-highest);
});

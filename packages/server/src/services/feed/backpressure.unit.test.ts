import { MARKET_CHAINS } from '@deltastream/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import { createManualClock } from '../../ports/clock.ts';
import { createFeed } from './service.ts';

const count = (metrics: string, name: string) =>
  Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\d+)$`, 'm').exec(metrics)?.[1]);

it('thins out a live market while consumers are behind, loses no message silently, and stops thinning', async () => {
  const bus = createMemoryBus({ maxBacklogBytes: 4_000_000, overflow: 'drop_oldest' });
  let open = () => {};
  let gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const seqs: number[] = [];
  await bus.consume(
    MARKET_CHAINS.name,
    'test',
    async ({ frame }) => {
      await gate;
      seqs.push(MARKET_CHAINS.frames.decode(frame).seq);
    },
    { concurrency: 4 },
  );
  // A time of its own, which a stalled process stops with the market: in real time a slow one would send all it makes.
  const clock = createManualClock(Date.parse('2026-08-19T06:00:00Z'));
  const passing = setInterval(() => clock.set(clock.now() + 2), 1);
  onTestFinished(() => clearInterval(passing));
  const feed = createFeed(
    { bus, clock, logger: silentLogger },
    {
      source: { kind: 'synthetic', products: ['NIFTY'], ticksPerSecond: 500, chainIntervalMs: 2 },
      conflationMs: 100,
    },
  );
  await feed.start();
  const conflated = async () => count(await feed.metrics.metrics(), 'deltastream_feed_conflated_total');
  await expect.poll(conflated).toBeGreaterThan(200);
  expect(bus.pressure(MARKET_CHAINS.name)).toBeLessThan(0.9);
  expect(bus.stats().find(({ group }) => group === 'test')?.lostTotal).toBe(0);
  open();
  gate = Promise.resolve();
  await expect.poll(() => bus.pressure(MARKET_CHAINS.name)).toBeLessThan(0.5);
  const sent = seqs.length;
  await expect.poll(() => seqs.length).toBeGreaterThan(sent + 100);
  await feed.stop();
  await bus.drained();
  // What was published and what was left out are all there was: the numbers of the feed have no other gaps.
  const missing = (await conflated()) + seqs.length - Math.max(...seqs);
  expect(new Set(seqs).size).toBe(seqs.length);
  expect(missing).toBeGreaterThanOrEqual(0);
  expect(missing).toBeLessThanOrEqual(3);
  await bus.close();
});

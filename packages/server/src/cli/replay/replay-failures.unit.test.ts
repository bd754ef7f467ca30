import { MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../adapters/memory/queue/queue-memory.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Queue } from '../../ports/queue.ts';
import type { FeedSummary } from '../../services/feed/service.ts';
import { requireComplete, watchFailures } from './replay-failures.ts';

const JOB = 'enrich-tick';
const READ: FeedSummary = {
  ...{ chains: 2, ticks: 1, rejected: 1, rejectedByReason: { wrong_column_count: 1 } },
  ...{ firstTimestamp: 1, lastTimestamp: 2, elapsedMs: 5, stopped: false },
};
let bus: Bus;
let queue: Queue;
beforeEach(() => {
  bus = createMemoryBus();
  queue = createMemoryQueue({ backoffUnitMs: 50, maxDeadJobs: 2_000 });
});
afterEach(async () => {
  await bus.close();
  await queue.close();
});

/** The number of the replay. */
const REPLAY = 7;
const tick = (generation?: number) =>
  MARKET_TICKS.frames.encode({
    ...{ product: 'NIFTY', timestamp: 1, currency: 'INR', price: 1, previous_close: null, quality: [] },
    ...{ epoch: 'e', seq: 1, source: 'replay:x', ...(generation !== undefined && { generation }) },
  });

const settled = async (signal = new AbortController().signal) =>
  (await watchFailures({ bus, queue }, signal)).settled(REPLAY);

it('waits for what is tried again, to its end', async () => {
  let tries = 0;
  await queue.process(JOB, async () => {
    if (++tries < 3) throw new Error('the bus is away');
    await bus.publish(MARKET_CHAINS.name, new Uint8Array(1));
  });
  await queue.add(JOB, new Uint8Array(1));
  const failures = await settled();
  expect(tries).toBe(3);
  expect(failures).toEqual({ retried: { waitedFor: 1, done: 1 }, dead: new Map() });
  if (failures) requireComplete(failures, READ);
});

it('tells what failed for good of the replay by its number, and of what cannot be read what is new', async () => {
  await bus.consume(MARKET_TICKS.name, 'enricher', async () => {
    throw new DeltaStreamError('malformed_message', 'tick has no price', { permanent: true });
  });
  await queue.process(JOB, async () => {
    throw new Error('the bus is away');
  });
  const unreadable = new Uint8Array(1);
  await bus.publish(MARKET_TICKS.name, unreadable);
  await queue.add(JOB, tick());
  await queue.add(JOB, tick(REPLAY - 1));
  await settled();

  // The wall clock is set back, so that what fails now bears an earlier time.
  vi.setSystemTime(Date.now() - 3_600_000);
  const watch = await watchFailures({ bus, queue }, new AbortController().signal);
  for (const frame of [tick(REPLAY), tick(REPLAY), tick(), tick(REPLAY - 1), unreadable]) {
    await bus.publish(MARKET_TICKS.name, frame);
  }
  await queue.add(JOB, tick(REPLAY));
  const failures = await watch.settled(REPLAY);
  vi.useRealTimers();
  expect(failures).toEqual({
    retried: { waitedFor: 1, done: 0 },
    dead: new Map([
      ['tick has no price', 3],
      ['the bus is away', 1],
    ]),
  });
  expect(() => failures && requireComplete(failures, READ)).toThrow(
    expect.objectContaining({
      code: 'replay_incomplete',
      message: expect.stringMatching(/^4 messages .*: 3 x tick has no price; 1 x the bus is away$/),
    }),
  );
});

it('waits for a job that is older than any number that failed', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const oldest = await queue.add(JOB, tick());
  const handle = async ({ id }: { id: string }) => {
    if (id !== oldest) throw new DeltaStreamError('malformed_message', 'no', { permanent: true });
    await held;
  };
  await queue.process(JOB, handle, { concurrency: 2 });
  for (let i = 0; i < 1_500; i++) await queue.add(JOB, new Uint8Array(1));
  await expect.poll(async () => (await queue.deadJobs(JOB)).length).toBe(1_500);
  const settling = settled();
  setTimeout(release, 50);
  expect(await settling).toEqual({ retried: { waitedFor: 1, done: 1 }, dead: new Map() });
});

it('ends with a stop', async () => {
  await queue.add(JOB, new Uint8Array(1));
  const stopping = new AbortController();
  setTimeout(() => stopping.abort(), 50);
  expect(await settled(stopping.signal)).toBeNull();
});

it('is not complete when every part was rejected and nothing was read', () => {
  const failures = { retried: { waitedFor: 0, done: 0 }, dead: new Map() };
  expect(() => requireComplete(failures, READ)).not.toThrow();
  expect(() => requireComplete(failures, { ...READ, chains: 0, ticks: 0 })).toThrow(
    expect.objectContaining({
      code: 'replay_incomplete',
      message: expect.stringMatching(/^nothing .* 1 parts were rejected: 1 x wrong_column_count$/),
    }),
  );
});

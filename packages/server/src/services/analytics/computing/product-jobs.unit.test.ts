import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { MarketReader, StoredExpiry } from '../../../ports/stores/market-store.ts';
import { createProductJobs, progressOf } from './product-jobs.ts';

const AT = Date.UTC(2026, 7, 19, 4, 30);
const INTERVAL_MS = 1000;
const [NEAR, FAR] = ['2026-08-25', '2026-09-29'];
const expiry = (date: string, lastTimestamp: number): StoredExpiry => ({
  expiry: date,
  expiryAt: Date.parse(`${date}T10:00:00Z`),
  firstTimestamp: AT,
  lastTimestamp,
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('computes again when a chain of any expiry comes, also at the timestamp of another, and not otherwise', async () => {
  const [bus, queue] = [createMemoryBus(), createMemoryQueue()];
  let expiries = [expiry(NEAR, AT)];
  const store = {
    products: async () => [{ product: 'NIFTY' }],
    expiries: async () => expiries,
  } as unknown as MarketReader;
  const computed: string[] = [];
  const jobs = createProductJobs<{ product: string; timestamps: number[] }>(
    { store, bus, queue, logger: silentLogger },
    {
      what: 'sums',
      planJob: 'plan-sums',
      computeJob: 'compute-sum',
      topic: {
        name: 'sums',
        frames: {
          encode: (sum) => new TextEncoder().encode(JSON.stringify(sum)),
          decode: (frame) => JSON.parse(new TextDecoder().decode(frame)),
        },
      },
      counted: { inc: () => undefined },
      intervalMs: INTERVAL_MS,
      maxAgeMs: 10 * INTERVAL_MS,
      progress: ({ timestamps }) => progressOf(timestamps),
      compute: async (product) => {
        const timestamps = expiries.map(({ lastTimestamp }) => lastTimestamp);
        computed.push(timestamps.map((each) => each - AT).join());
        return { product, timestamps };
      },
      take: () => true,
    },
  );
  await jobs.start();
  const pass = (intervals: number) => vi.advanceTimersByTimeAsync(intervals * INTERVAL_MS);
  await pass(3);
  expect(computed).toEqual(['0']);
  expiries = [expiry(NEAR, AT), expiry(FAR, AT)];
  await pass(2);
  expect(computed).toEqual(['0', '0,0']);
  expiries = [expiry(NEAR, AT + 1), expiry(FAR, AT)];
  await pass(2);
  expect(computed).toEqual(['0', '0,0', '1,0']);
  // A correction has the timestamp of what it replaces.
  await pass(11);
  expect(computed).toEqual(['0', '0,0', '1,0', '1,0']);
  const stopping = Promise.all([jobs.stop(), bus.close(), queue.close()]);
  await pass(10);
  await stopping;
});

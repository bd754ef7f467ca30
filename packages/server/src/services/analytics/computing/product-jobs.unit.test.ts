import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { MarketReader, StoredExpiry } from '../../../ports/stores/market/market-store.ts';
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

/** Jobs over expiries that a test puts, and a function that ends them. @param found what is computed of which chains */
async function startJobs(put: { expiries: StoredExpiry[] }, found: (timestamps: number[]) => void) {
  const [bus, queue] = [createMemoryBus(), createMemoryQueue()];
  const store = {
    products: async () => [{ product: 'NIFTY' }],
    expiries: async () => put.expiries,
  } as unknown as MarketReader;
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
      maxExpiryLagMs: Number.POSITIVE_INFINITY,
      maxAgeMs: 10 * INTERVAL_MS,
      progress: ({ timestamps }) => progressOf(timestamps),
      compute: async (product) => {
        const timestamps = put.expiries.map(({ lastTimestamp }) => lastTimestamp);
        found(timestamps);
        return { product, timestamps };
      },
      take: () => true,
    },
  );
  await jobs.start();
  const stop = async () => {
    const stopping = Promise.all([jobs.stop(), bus.close(), queue.close()]);
    await pass(10);
    await stopping;
  };
  return { queue, stop };
}
const pass = (intervals: number) => vi.advanceTimersByTimeAsync(intervals * INTERVAL_MS);

it('computes again when a chain of any expiry comes, also at the timestamp of another, and not otherwise', async () => {
  const put = { expiries: [expiry(NEAR, AT)] };
  const computed: string[] = [];
  const { stop } = await startJobs(put, (timestamps) => {
    computed.push(timestamps.map((each) => each - AT).join());
  });
  await pass(3);
  expect(computed).toEqual(['0']);
  put.expiries = [expiry(NEAR, AT), expiry(FAR, AT)];
  await pass(2);
  expect(computed).toEqual(['0', '0,0']);
  put.expiries = [expiry(NEAR, AT + 1), expiry(FAR, AT)];
  await pass(2);
  expect(computed).toEqual(['0', '0,0', '1,0']);
  // A correction has the timestamp of what it replaces.
  await pass(11);
  expect(computed).toEqual(['0', '0,0', '1,0', '1,0']);
  await stop();
});

it('takes a product whose chains were all removed once, until one comes, and leaves no dead job', async () => {
  const put = { expiries: [expiry(NEAR, AT)] };
  let isRemoved = true;
  let tries = 0;
  const { queue, stop } = await startJobs(put, () => {
    tries++;
    if (isRemoved) throw new DeltaStreamError('no_data', 'no chain of NIFTY is stored');
  });
  // Within the time for which a result stands.
  await pass(9);
  expect(tries).toBe(1);
  isRemoved = false;
  put.expiries = [expiry(NEAR, AT + 1)];
  await pass(2);
  expect(tries).toBe(2);
  expect(queue.stats().map(({ retries, dead }) => [retries, dead])).toEqual([
    [0, 0],
    [0, 0],
  ]);
  await stop();
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { enrichedChain } from '../../../socket-gateway/testing/enriched.fixture.ts';
import { createProductChains, type ProductPlace, type WaitingChain } from './product-chains.ts';

const RETRY_MS = 1_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const chain = (seq: number, epoch = 'a'): WaitingChain => ({
  ...enrichedChain('NIFTY', '2026-12-03', seq, { epoch }),
  unsettled: { settle: () => {} },
});

function open(prepare: () => Promise<void> | null = () => null, from: ProductPlace | null = null) {
  const judged: string[] = [];
  const onUnread = vi.fn();
  const chains = createProductChains({
    ...{ from, waitMs: 100, maxHeld: 8, retryMs: RETRY_MS, prepare, onUnread },
    judge: ({ epoch, seq }) => judged.push(`${epoch}${seq}`),
  });
  const come = (...seqs: number[]) => {
    for (const seq of seqs) chains.arrive(chain(seq), 0);
  };
  return { chains, judged, come, onUnread };
}
const settled = () => vi.advanceTimersByTimeAsync(0);

it('judges chains in order, and knows how far it is', () => {
  const { chains, judged, come } = open();
  come(2, 1, 3);
  chains.arrive(chain(1, 'b'), 0);
  expect(judged).toEqual(['a1', 'a2', 'a3', 'b1']);
  expect(chains.place).toMatchObject({ epoch: 'b', seq: 1, replaced: 'a' });
});

it('judges none while the past is read, and all of them then', async () => {
  const past = Promise.withResolvers<void>();
  const needs = [past.promise];
  const { chains, judged, come } = open(() => needs.shift() ?? null);
  come(1, 2, 3);
  expect([judged, chains.unread, chains.place]).toEqual([[], 3, null]);
  past.resolve();
  await settled();
  come(4);
  expect(judged).toEqual(['a1', 'a2', 'a3', 'a4']);
  expect(chains.unread).toBe(0);
});

it('asks for the past before each chain, as a rule may have come that needs it', async () => {
  const prepare = vi.fn<() => Promise<void> | null>(() => null);
  const { judged, come } = open(prepare);
  come(1);
  prepare.mockReturnValueOnce(Promise.resolve());
  come(2, 3);
  expect(judged).toEqual(['a1']);
  await settled();
  expect(judged).toEqual(['a1', 'a2', 'a3']);
  // Before 1 and 2, and again before 2 and 3 once it was read.
  expect(prepare).toHaveBeenCalledTimes(4);
});

it('goes on without a past that cannot be read, and tries again after a while', async () => {
  const prepare = vi.fn<() => Promise<void> | null>(() => Promise.reject(new Error('the store is away')));
  const { judged, come, onUnread } = open(prepare);
  come(1, 2);
  await settled();
  expect(judged).toEqual(['a1', 'a2']);
  expect(onUnread).toHaveBeenCalledTimes(1);
  come(3);
  expect(prepare).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  prepare.mockReturnValue(null);
  come(4);
  expect(prepare).toHaveBeenCalledTimes(2);
  expect(judged).toEqual(['a1', 'a2', 'a3', 'a4']);
});

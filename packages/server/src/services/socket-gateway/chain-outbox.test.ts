import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChainOutbox } from './chain-outbox.ts';
import { enrichedChain } from './enriched.fixture.ts';
import { createLatestState } from './latest-state.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const sent: string[] = [];
  let replaced = 0;
  const state = createLatestState({ products: [], maxProducts: 9, maxChains: 9 });
  const outbox = createChainOutbox(
    50,
    ({ chain }) => {
      sent.push(`${chain.product} ${chain.expiry.slice(-2)} ${chain.seq}`);
    },
    () => {
      replaced += 1;
    },
  );
  const offer = (product: string, day: string, seq: number) => {
    const latest = state.acceptChain(enrichedChain(product, `2026-08-${day}`, seq));
    if (latest) outbox.offer(latest);
  };
  return { sent, outbox, offer, replaced: () => replaced };
}

describe('chain outbox', () => {
  it('sends at once, then the newest of each expiry once per interval', () => {
    const { sent, offer, replaced } = start();
    offer('A', '25', 1);
    vi.advanceTimersByTime(0);
    expect(sent).toEqual(['A 25 1']);
    for (let seq = 2; seq <= 9; seq++) offer('A', '25', seq);
    offer('A', '26', 10);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual(['A 25 1', 'A 26 10']);
    vi.advanceTimersByTime(60);
    expect(sent).toEqual(['A 25 1', 'A 26 10', 'A 25 9']);
    expect(replaced()).toBe(7);
    vi.advanceTimersByTime(1000);
    expect(sent).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends what waits of a product when a client is about to join', () => {
    const { sent, outbox, offer } = start();
    offer('A', '25', 1);
    offer('B', '25', 1);
    outbox.flush('A');
    expect(sent).toEqual(['A 25 1']);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual(['A 25 1', 'B 25 1']);
  });

  it('sends nothing after it stops', () => {
    const { sent, outbox, offer } = start();
    offer('A', '25', 1);
    outbox.stop();
    vi.advanceTimersByTime(1000);
    expect(sent).toEqual([]);
  });
});

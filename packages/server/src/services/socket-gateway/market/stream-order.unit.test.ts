import { describe, expect, it } from 'vitest';
import { createStreamOrder } from './numbered-stream.ts';

const arrivals = (order: ReturnType<typeof createStreamOrder>, seqs: readonly number[], epoch = 'e1') =>
  seqs.map((seq) => order.arrive({ epoch, seq }, 0));

describe('stream order', () => {
  it('joins a stream anywhere and takes what comes late for late, not for lost', () => {
    const order = createStreamOrder(100);
    expect(arrivals(order, [7, 8, 11, 10, 8, 6])).toEqual([
      'next',
      'next',
      'next',
      'filled',
      'stale',
      'stale',
    ]);
    expect([order.watermark, order.newest]).toEqual([8, 11]);
    expect(order.arrive({ epoch: 'e1', seq: 9 }, 99)).toBe('filled');
    expect([order.watermark, order.expire(1000)]).toEqual([11, []]);
  });

  it('declares a hole lost once its time is over, and not a moment sooner', () => {
    const order = createStreamOrder(100);
    arrivals(order, [1, 4]);
    order.arrive({ epoch: 'e1', seq: 6 }, 50);
    expect(order.expire(99)).toEqual([]);
    expect(order.expire(100)).toEqual([{ epoch: 'e1', from: 2, to: 3 }]);
    expect(order.watermark).toBe(4);
    expect(order.arrive({ epoch: 'e1', seq: 3 }, 101)).toBe('stale');
    expect(order.expire(150)).toEqual([{ epoch: 'e1', from: 5, to: 5 }]);
    expect([order.watermark, order.incomplete]).toEqual([6, false]);
  });

  it('misses the first messages of an epoch that begins while it is there', () => {
    const order = createStreamOrder(100);
    arrivals(order, [5]);
    arrivals(order, [3], 'e2');
    expect(order.expire(100)).toEqual([{ epoch: 'e2', from: 1, to: 2 }]);
  });

  it('does not go back to an epoch that was just replaced, but does to one that is back', () => {
    const order = createStreamOrder(100);
    arrivals(order, [5]);
    order.arrive({ epoch: 'e2', seq: 1 }, 0);
    expect(order.arrive({ epoch: 'e1', seq: 6 }, 499)).toBe('stale');
    expect(order.arrive({ epoch: 'e1', seq: 7 }, 501)).toBe('next');
    expect(order.epoch).toBe('e1');
  });

  it('keeps its memory bounded when very many are missing at once', () => {
    const order = createStreamOrder(100);
    arrivals(order, [1, 1_000_000]);
    expect(order.expire(0)).toEqual([{ epoch: 'e1', from: 2, to: 999_999 }]);
    expect(order.watermark).toBe(1_000_000);
  });
});

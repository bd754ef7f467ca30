import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChainPlace, createChainOrder, type Turn } from './chain-order.ts';

const WAIT_MS = 100;
const MAX_HELD = 8;

const at = (epoch: string, seq: number) => ({ epoch, seq });
type Message = ReturnType<typeof at>;
const open = (from: ChainPlace | null = null) =>
  createChainOrder<Message>({ waitMs: WAIT_MS, maxHeld: MAX_HELD, from });
const names = ({ ready }: Turn<Message>) => ready.map(({ epoch, seq }) => `${epoch}${seq}`);

describe('the order of the chains of a product', () => {
  it('hands on at once what is next', () => {
    const order = open();
    expect([1, 2, 3].flatMap((seq) => names(order.arrive(at('a', seq), 0)))).toEqual(['a1', 'a2', 'a3']);
    expect(order.place).toEqual({ epoch: 'a', seq: 3, replaced: null });
  });

  it.each([0, 1])('begins a run at number %i, also where the second comes first', (first) => {
    const order = open();
    const second = order.arrive(at('a', first + 1), 0);
    const early = first === 0 ? ['a1'] : [];
    expect(names(second)).toEqual(early);
    // Runs begin at 1 unless their first number is 0; what comes before that first is dropped, not evaluated late.
    expect(order.arrive(at('a', first), 1).dropped).toBe(first === 0 ? 'repeated' : null);
    expect(order.place?.seq).toBe(first + 1);
  });

  it('holds what came too early until what is missing is there', () => {
    const order = open({ epoch: 'a', seq: 4, replaced: null });
    expect(names(order.arrive(at('a', 7), 0))).toEqual([]);
    expect(names(order.arrive(at('a', 6), 1))).toEqual([]);
    expect(order.held).toBe(2);
    expect(names(order.arrive(at('a', 5), 2))).toEqual(['a5', 'a6', 'a7']);
    expect(order.held).toBe(0);
  });

  it('gives up what does not come in time, says so, and drops it later', () => {
    const order = open({ epoch: 'a', seq: 4, replaced: null });
    order.arrive(at('a', 7), 10);
    expect(names(order.expire(10 + WAIT_MS - 1))).toEqual([]);
    const given = order.expire(10 + WAIT_MS);
    expect(names(given)).toEqual(['a7']);
    expect(given.missing).toEqual([{ epoch: 'a', from: 5, to: 6 }]);
    expect(order.arrive(at('a', 6), 200).dropped).toBe('repeated');
  });

  it('gives up the first hole when too many wait', () => {
    const order = open({ epoch: 'a', seq: 0, replaced: null });
    for (let seq = 2; seq <= MAX_HELD + 1; seq++) expect(names(order.arrive(at('a', seq), 0))).toEqual([]);
    const { missing, ready } = order.arrive(at('a', MAX_HELD + 2), 0);
    expect(missing).toEqual([{ epoch: 'a', from: 1, to: 1 }]);
    expect(ready).toHaveLength(MAX_HELD + 1);
  });

  it('does not take for missing what came before it was there', () => {
    const order = open();
    expect(names(order.arrive(at('a', 5), 0))).toEqual([]);
    const joined = order.expire(WAIT_MS);
    expect(names(joined)).toEqual(['a5']);
    expect(joined.missing).toEqual([]);
    order.arrive(at('a', 7), WAIT_MS);
    expect(order.expire(2 * WAIT_MS).missing).toEqual([{ epoch: 'a', from: 6, to: 6 }]);
  });

  it('joins a run in its middle without waiting', () => {
    const order = open();
    expect(names(order.arrive(at('a', 500), 0))).toEqual(['a500']);
    expect(order.arrive(at('a', 499), 0).dropped).toBe('repeated');
  });

  it('ends a run with the first message of another, which no message of the run before can undo', () => {
    const order = open({ epoch: 'a', seq: 4, replaced: null });
    order.arrive(at('a', 6), 0);
    const turn = order.arrive(at('b', 1), 0);
    expect(names(turn)).toEqual(['a6', 'b1']);
    expect(turn.missing).toEqual([{ epoch: 'a', from: 5, to: 5 }]);
    expect(order.arrive(at('a', 7), 0).dropped).toBe('late');
    expect(order.place).toEqual({ epoch: 'b', seq: 1, replaced: 'a' });
  });

  it('goes on where it was left, also when both runs are read again', () => {
    const order = open({ epoch: 'b', seq: 2, replaced: 'a' });
    const again = [at('a', 6), at('b', 1), at('b', 2)].map((message) => order.arrive(message, 0));
    expect(again.map(({ dropped }) => dropped)).toEqual(['late', 'repeated', 'repeated']);
    expect(names(order.arrive(at('b', 3), 0))).toEqual(['b3']);
  });

  it('hands on every message once and in order, however they are repeated and mixed', () => {
    const positions = fc.array(fc.record({ seq: fc.integer({ min: 1, max: 60 }), late: fc.nat(6) }), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(positions, (repeated) => {
        const all = Array.from({ length: 60 }, (_, i) => ({ seq: i + 1, late: (i * 7) % 6 }));
        // No message comes more than six places late, as a bounded number of enrichers would have it.
        const stream = [...all, ...repeated].toSorted((a, b) => a.seq + a.late - (b.seq + b.late));
        const order = open();
        const handed = stream.flatMap(({ seq }) => names(order.arrive(at('a', seq), 0)));
        expect(handed).toEqual(all.map(({ seq }) => `a${seq}`));
        expect(order.held).toBe(0);
      }),
    );
  });
});

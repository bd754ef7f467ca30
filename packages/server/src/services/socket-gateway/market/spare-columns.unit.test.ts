import { ENRICHED_CHAINS } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { enrichedChain } from '../testing/enriched.fixture.ts';
import { createMarketState } from './create-market-state.ts';
import { createSpareColumns } from './spare-columns.ts';

const EXPIRY = '2026-09-01';

it('gives the columns of a chain that nobody asked for to the next, and of one that was asked for never', () => {
  const state = createMarketState({
    ...{ products: [], maxProducts: 3, maxChains: 3, historyLength: 4, gapWaitMs: 100 },
  });
  const { frames } = ENRICHED_CHAINS;
  const take = (seq: number) => {
    const frame = frames.encode(enrichedChain('A', EXPIRY, seq));
    const chain = frames.decode(frame, state.chainMemory);
    state.acceptChain(chain);
    return chain.columns.values;
  };
  const [first, second] = [take(1), take(2)];
  expect(take(3)).toBe(first);
  const shown = state.chain('A', EXPIRY)?.state;
  const cells = first.slice();
  expect([take(4), take(5), take(6), take(7)].includes(first)).toBe(false);
  expect(shown?.chain.seq).toBe(3);
  expect(shown?.chain.columns.values).toEqual(cells);
  // One that is refused is done with at once.
  const last = take(7);
  expect(take(8)).toBe(last);
  expect(second).not.toBe(first);
});

it('keeps those of one chain for each number of strikes, and of a few numbers', () => {
  const { memory, release } = createSpareColumns();
  const [one, other] = [memory(5, 3), memory(5, 3)];
  release(one);
  release(other);
  expect(memory(5, 3)).toBe(other);
  expect(memory(5, 3)).not.toBe(one);
  release(one);
  // Of a release with another number of figures.
  expect(memory(5, 4).values).toHaveLength(20);
  for (let strikes = 6; strikes < 70; strikes++) release(memory(strikes, 3));
  expect(memory(5, 3)).not.toBe(one);
});

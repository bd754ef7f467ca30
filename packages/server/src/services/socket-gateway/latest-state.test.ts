import { describe, expect, it } from 'vitest';
import { enrichedChain, enrichedTick } from './enriched.fixture.ts';
import { createLatestState } from './latest-state.ts';

const state = (given = {}) => createLatestState({ products: [], maxProducts: 3, maxChains: 3, ...given });

describe('latest state', () => {
  it('keeps the products and chains that were updated last', () => {
    const latest = state();
    for (const product of ['A', 'B', 'C']) latest.acceptTick(enrichedTick(product, 1));
    latest.acceptTick(enrichedTick('A', 2));
    latest.acceptTick(enrichedTick('D', 1));
    expect(latest.products()).toEqual(['A', 'C', 'D']);

    for (const day of ['01', '02', '03', '04']) latest.acceptChain(enrichedChain('E', `2026-09-${day}`, 1));
    expect(latest.snapshot({ type: 'chain', symbol: 'E' })).toMatchObject([
      { expiry: '2026-09-02' },
      { expiry: '2026-09-03' },
      { expiry: '2026-09-04' },
    ]);
    expect(latest.snapshot({ type: 'chain', symbol: 'E', expiry: '2026-09-01' })).toBeNull();
    for (const day of ['01', '02', '03']) latest.acceptChain(enrichedChain('F', `2026-09-${day}`, 1));
    expect(latest.knows('E')).toBe(false);
    expect(latest.snapshot({ type: 'chain', symbol: 'E' })).toEqual([]);
  });

  it('refuses what is not newer within an epoch, per expiry', () => {
    const latest = state();
    expect(latest.acceptChain(enrichedChain('A', '2026-09-01', 2))).not.toBeNull();
    expect(latest.acceptChain(enrichedChain('A', '2026-09-01', 2))).toBeNull();
    expect(latest.acceptChain(enrichedChain('A', '2026-09-02', 1))).not.toBeNull();
    expect(latest.acceptChain(enrichedChain('A', '2026-09-01', 1, { epoch: 'e2' }))).not.toBeNull();
    expect(latest.snapshot({ type: 'chain', symbol: 'A', expiry: '2026-09-01' })).toMatchObject({
      epoch: 'e2',
      seq: 1,
    });
  });

  it('builds the rows of a chain once', () => {
    const latest = state().acceptChain(enrichedChain('A', '2026-09-01', 1));
    expect(latest?.view()).toBe(latest?.view());
  });
});

import { describe, expect, it } from 'vitest';
import { enrichedChain, enrichedTick } from '../testing/enriched.fixture.ts';
import { createMarketState } from './create-market-state.ts';
import type { MarketChange } from './market-state.ts';

function start() {
  const changed: MarketChange[] = [];
  const state = createMarketState({
    products: [],
    maxProducts: 3,
    maxChains: 3,
    historyLength: 4,
    gapWaitMs: 100,
    now: () => 0,
  });
  state.listen({ changed: (change) => void changed.push(change), priced: () => {}, lost: () => {} });
  return { state, changed };
}

describe('market state', () => {
  it('keeps the products and chains that were updated last', () => {
    const { state } = start();
    for (const product of ['A', 'B', 'C']) state.acceptTick(enrichedTick(product, 1));
    state.acceptTick(enrichedTick('A', 2));
    state.acceptTick(enrichedTick('D', 1));
    expect(state.products()).toEqual(['A', 'C', 'D']);
    expect([state.knows('B'), state.price('B')]).toEqual([false, null]);
    const days = ['01', '02', '03', '04'];
    for (const [i, day] of days.entries()) state.acceptChain(enrichedChain('E', `2026-09-${day}`, i + 1));
    expect(state.expiries('E')).toEqual(['2026-09-02', '2026-09-03', '2026-09-04']);
    expect(state.chain('E', '2026-09-01')).toBeNull();
  });

  it('refuses what is not newer, but takes a late chain that is the newest of its expiry', () => {
    const { state, changed } = start();
    expect(state.acceptChain(enrichedChain('A', '2026-09-01', 2))).toBe(true);
    expect(state.acceptChain(enrichedChain('A', '2026-09-01', 2))).toBe(false);
    expect(state.acceptChain(enrichedChain('A', '2026-09-01', 4))).toBe(true);
    changed.length = 0;
    expect(state.acceptChain(enrichedChain('A', '2026-09-02', 3))).toBe(true);
    expect(changed).toEqual([{ type: 'chain', product: 'A', expiry: '2026-09-02' }]);
    expect(state.order('chains', 'A')?.watermark).toBe(4);
    expect(state.acceptChain(enrichedChain('A', '2026-09-01', 1, { epoch: 'e2' }))).toBe(true);
    expect(state.chain('A', '2026-09-01')?.state.chain).toMatchObject({ epoch: 'e2', seq: 1 });
  });

  it('forgets what another source gave of a product, and sends what comes next', () => {
    const { state } = start();
    state.acceptTick(enrichedTick('A', 7));
    state.acceptChain(enrichedChain('A', '2026-09-01', 7));
    const arrivals = state.prices('A')?.arrivals ?? 0;
    state.rejoin('A');
    expect([state.price('A'), state.surface('A'), state.expiries('A')]).toEqual([null, null, []]);
    expect(state.bars('A')?.of('1m')).toEqual([]);
    state.acceptTick(enrichedTick('A', 1));
    expect(state.price('A')?.seq).toBe(1);
    expect(state.prices('A')?.arrivedAfter(arrivals)).toHaveLength(1);
  });

  it('builds the rows of a chain once', () => {
    const { state } = start();
    state.acceptChain(enrichedChain('A', '2026-09-01', 1));
    const shown = state.chain('A', '2026-09-01')?.state;
    expect(shown?.view()).toBe(shown?.view());
  });
});

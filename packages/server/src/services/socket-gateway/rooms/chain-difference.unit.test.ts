import {
  applyChainDelta,
  type ChainDelta,
  CONTRACT_FIELDS,
  column,
  type EnrichedChain,
} from '@deltastream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTrackedChain } from '../market/tracked-chain.ts';
import { enrichedChain } from '../testing/enriched.fixture.ts';
import { chainView } from './chain-views.ts';

const STRIKES = 40;
const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** A chain whose cells are all known, on the grids that figures are published on. */
function quoted(seq: number, moved: (row: number) => boolean): EnrichedChain {
  const chain = enrichedChain('A', '2026-08-25', seq, {}, STRIKES);
  for (const [i, { source, field }] of CONTRACT_FIELDS.entries()) {
    if (field === 'iv_status' || field === 'buildup') continue;
    const cells = column(chain.columns, source);
    const scale = 10 ** (i % 6);
    for (let row = 0; row < STRIKES; row++) {
      const steps = moved(row) ? (seq * 7 + row * 3 + i) % 90 : 0;
      cells[row] = Math.round(50_000 + row * 371 + steps) / scale;
    }
  }
  return chain;
}

describe('chain difference', () => {
  it('is less than an eighth of the chain when every cell of a third of the contracts changes', () => {
    const tracked = createTrackedChain(quoted(1, (row) => row % 3 === 0));
    const before = tracked.state;
    tracked.replace(quoted(2, (row) => row % 3 === 0));
    const delta = chainView('delta', null).update(before, tracked.state);
    const full = chainView('full', null).update(before, tracked.state);
    expect(JSON.stringify(delta).length).toBeLessThan(JSON.stringify(full).length / 8);
  });

  it('brings any chain to any other of the same strikes, to the last digit', () => {
    const cell = fc.oneof(
      fc.constant(Number.NaN),
      fc.integer({ min: 0, max: 1e6 }).map((n) => n / 100),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
    );
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(), cell), { maxLength: 60 });
    // The tick decides the price of a contract that nobody bids for.
    const tick = fc.constantFrom(null, 0.05, 0.1);
    fc.assert(
      fc.property(edits, edits, tick, tick, (first, second, tickBefore, tickAfter) => {
        const before = createTrackedChain(edited(1, first, tickBefore)).state;
        const after = createTrackedChain(edited(2, [...first, ...second], tickAfter)).state;
        const picture = chainView('delta', null).update(before, after);
        const delta = json({ room: 'r', room_seq: 2, ...picture }) as ChainDelta;
        expect(delta.kind).toBe('delta');
        expect(applyChainDelta(json(before.view()), delta)).toEqual(json(after.view()));
      }),
    );
  });
});

describe('a chain that is stale when it is shown', () => {
  it('says so in every form, and the next brings those who saw it back', () => {
    let silent = false;
    const tracked = createTrackedChain(
      quoted(1, () => true),
      () => silent,
    );
    const before = tracked.state;
    const view = chainView('delta', null);
    expect(before.view().quality).toEqual([]);
    silent = true;
    const shown = json(view.snapshot(before));
    expect([shown.quality, before.summary().quality]).toEqual([['stale'], ['stale']]);
    expect(before.view()).toBe(before.view());
    silent = false;
    tracked.replace(quoted(2, () => true));
    const delta = json({ room: 'r', room_seq: 2, ...view.update(before, tracked.state) }) as ChainDelta;
    expect(applyChainDelta(shown as ReturnType<typeof before.view>, delta)).toEqual(
      json(tracked.state.view()),
    );
    expect(tracked.state.view().quality).toEqual([]);
  });
});

function edited(
  seq: number,
  edits: readonly [number, number, number][],
  price_tick: number | null,
): EnrichedChain {
  const chain = enrichedChain('A', '2026-08-25', seq, { price_tick }, 5);
  column(chain.columns, 'call_bid')[1] = 0;
  column(chain.columns, 'call_ask')[1] = 0.1;
  const plain = CONTRACT_FIELDS.filter(({ field }) => field !== 'iv_status' && field !== 'buildup');
  for (const [at, row, value] of edits) {
    column(chain.columns, plain[at % plain.length].source)[row % 5] = value;
  }
  return chain;
}

import type { EnrichedChain } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { storableChain } from '../../../ports/stores/market/market-store.fixture.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { storedSource } from './stored-source.ts';

/** A reader of chains at these times, by expiry; it notes which are open. */
function readerOf(times: Readonly<Record<string, readonly number[]>>) {
  const open = new Set<string>();
  let most = 0;
  const reader: Pick<MarketReader, 'expiries' | 'ticks' | 'snapshots' | 'asOf'> = {
    expiries: async () =>
      Object.entries(times).map(([expiry, all]) => ({
        ...{ expiry, expiryAt: 1_000, firstTimestamp: all[0], lastTimestamp: all[all.length - 1] },
      })),
    ticks: async () => [],
    asOf: async () => null,
    async *snapshots(_product, expiry, { fromMs }): AsyncGenerator<EnrichedChain> {
      open.add(expiry);
      most = Math.max(most, open.size);
      try {
        for (const timestamp of times[expiry]) {
          if (timestamp >= fromMs) yield storableChain({ expiry, timestamp });
        }
      } finally {
        open.delete(expiry);
      }
    },
  };
  return { reader: reader as MarketReader, open, most: () => most };
}

const RANGE = { fromMs: 0, toMs: 1_000, products: ['NIFTY'] };
const figures = {
  enrichTick: () => expect.unreachable(),
};

it('opens an expiry when its time is reached, and keeps their order at one instant', async () => {
  const stored = readerOf({ b: [10, 20, 30], a: [30, 40], c: [50, 60] });
  const source = await storedSource(stored.reader, figures, RANGE);
  const shown: string[] = [];
  for await (const { timestamp, items } of source.open(0, new AbortController().signal)) {
    for (const item of items) if (item.kind === 'chain') shown.push(`${timestamp}${item.chain.expiry}`);
  }
  expect(shown).toEqual(['10b', '20b', '30b', '30a', '40a', '50c', '60c']);
  expect(stored.most()).toBe(2);
});

it('reads no more of the picture at an instant once it is ended', async () => {
  const stored = readerOf({ a: [10, 20], b: [10, 20], c: [10, 20] });
  const ending = new AbortController();
  let asked = 0;
  stored.reader.asOf = async () => {
    asked++;
    ending.abort();
    return null;
  };
  const source = await storedSource(stored.reader, figures, RANGE);
  for await (const _ of source.open(15, ending.signal)) expect.unreachable();
  expect(asked).toBe(1);
});

it('lets go of what it opened when it is ended early', async () => {
  const stored = readerOf({ a: [10, 20], b: [10, 20], c: [900] });
  const source = await storedSource(stored.reader, figures, RANGE);
  const ending = new AbortController();
  for await (const _ of source.open(0, ending.signal)) ending.abort();
  expect([stored.most(), stored.open.size]).toEqual([2, 0]);
});

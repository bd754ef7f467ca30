import type { RawChain } from '@deltastream/contracts';
import type { Source, SourceItem } from '@deltastream/recordings/source';
import { expect, it } from 'vitest';
import { storableChain } from '../../../ports/stores/market/market-store.fixture.ts';
import { type ReplayItem, recordedSource } from './replay-source.ts';

/** A recording with a chain of each product, all at one time. */
function recordingOf(
  products: number,
  named?: readonly string[],
  { name = 'replay:many.csv', file = 'many.csv' } = {},
) {
  let closed = 0;
  async function* items(): AsyncGenerator<SourceItem> {
    for (let i = 0; i < products; i++) {
      yield {
        kind: 'chain',
        chain: storableChain({ product: `P${i}`, source: name }) as unknown as RawChain,
      } as SourceItem;
    }
  }
  const open = async (): Promise<Source> => ({
    ...{ name: 'many.csv', epoch: 'e', expectedIntervalMs: null },
    progress: () => ({ position: 0, total: null, unit: 'records' }),
    close: async () => void closed++,
    [Symbol.asyncIterator]: items,
  });
  const source = recordedSource({
    ...{ file, open, products: named, onRejected: () => expect.unreachable() },
    figures: {
      enrichChain: ({ product, source }) => storableChain({ product, source }),
      enrichTick: () => expect.unreachable(),
    },
  });
  const itemsPlayed = async () => {
    const played: ReplayItem[] = [];
    for await (const { items } of source.open(null, new AbortController().signal)) played.push(...items);
    return played;
  };
  const play = async () => (await itemsPlayed()).length;
  return { source, play, itemsPlayed, closed: () => closed };
}

it('plays as many products as a replay may have, and of a recording with more those that are named', async () => {
  expect(await recordingOf(50).play()).toBe(50);
  const many = recordingOf(51);
  await expect(many.play()).rejects.toThrow('many.csv has more than 50 products: name those to be played');
  expect(many.closed()).toBe(1);
  const named = recordingOf(51, ['P3', 'P50']);
  expect(await named.play()).toBe(2);
  expect(named.source.products).toEqual(['P3', 'P50']);
});

it.each([
  ['client_42.csv', 'replay:client_42.csv', 'replay'],
  ['client_42 (1).csv', 'replay:client_42 (1).csv', 'replay'],
  ['desk (client 42)', 'replay:desk (client 42)', 'replay'],
  ['desk (client 42)', 'replay:desk (client 42) (expiry by path)', 'replay (expiry by path)'],
  ['session.zst', 'replay:desk (client 42)', 'replay'],
  ['nse.csv', 'nse', 'nse'],
])('gives chains of %s, of %s, as of %s: names of files are not for all', async (file, name, shown) => {
  const [item] = await recordingOf(1, undefined, { name, file }).itemsPlayed();
  expect(item.kind === 'chain' && item.chain.source).toBe(shown);
});

import { expect, it } from 'vitest';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { EXPIRY, NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import type { ReadRequest, ReadResults } from '../messages.ts';
import { createMarketReader } from './market-reader.ts';
import { createPageWriter } from './snapshot-page.ts';

const SNAPSHOTS = 200;
const codec = createChainBlobCodec();
const chains = Array.from({ length: SNAPSHOTS }, (_, i) => storableChain({ timestamp: NOON + i, seq: i }));

/** A thread that has the chains; `failing` is a page that it cannot read. */
function readerOf(failing?: number) {
  const pages: number[] = [];
  const ask = async (given: object): Promise<ReadResults['snapshots']> => {
    const { page } = given as Extract<ReadRequest, { kind: 'snapshots' }>;
    pages.push(page.limit);
    if (pages.length === failing) throw new Error('a page is damaged');
    const from = chains.findIndex(({ timestamp }) => timestamp >= page.fromMs);
    const found = chains.slice(from, from + page.limit);
    const last = found.at(-1)?.timestamp ?? 0;
    const written = createPageWriter(0);
    for (const chain of found) written.addBlob(chain.timestamp, 'hot', codec.encode(chain));
    return {
      found: written.done(),
      next: last + 1 < NOON + SNAPSHOTS ? last + 1 : null,
    };
  };
  return { reader: createMarketReader({ ask }), pages };
}

const range = { fromMs: NOON, toMs: NOON + SNAPSHOTS, limit: Number.MAX_SAFE_INTEGER };

it('asks for the next page of snapshots while one is used, and for no more than is wanted', async () => {
  const { reader, pages } = readerOf();
  const all = reader.snapshots('NIFTY', EXPIRY, range)[Symbol.asyncIterator]();
  const found = [(await all.next()).value];
  expect(pages).toHaveLength(2);
  for (let each = await all.next(); !each.done; each = await all.next()) found.push(each.value);
  expect(found).toEqual(chains);
  expect(pages).toHaveLength(4);

  const some = readerOf();
  let count = 0;
  for await (const _ of some.reader.snapshots('NIFTY', EXPIRY, { ...range, limit: 70 })) count++;
  expect(count).toBe(70);
  expect(some.pages).toEqual([64, 6]);
});

it('gives what was read before a page that cannot be', async () => {
  const { reader } = readerOf(2);
  let found = 0;
  const reading = async () => {
    for await (const _ of reader.snapshots('NIFTY', EXPIRY, range)) found++;
  };
  await expect(reading()).rejects.toThrow('a page is damaged');
  expect(found).toBe(64);
});

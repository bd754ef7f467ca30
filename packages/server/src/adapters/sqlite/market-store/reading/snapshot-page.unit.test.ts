import { createSegmentCodec } from '@deltastream/contracts/codec';
import { expect, it } from 'vitest';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import { createPageReader, createPageWriter } from './snapshot-page.ts';

const codec = createChainBlobCodec();
const chains = Array.from({ length: 6 }, (_, i) => storableChain({ timestamp: NOON + i, seq: i }));
const blobs = chains.map((chain) => codec.encode(chain));
const segment = createSegmentCodec().open(createSegmentCodec().encode(blobs));
const EVERY_COLUMN = Number.MAX_SAFE_INTEGER;

/** A page of snapshots of a segment and of blobs, in turn, as it comes out of another thread. */
function page(pieceCells: number) {
  const written = createPageWriter(pieceCells);
  for (const [index, blob] of blobs.entries()) {
    if (index % 2 === 0) written.addBlob(NOON + index, 'hot', blob);
    else {
      const cells = segment.cells(index, EVERY_COLUMN, undefined, written.memory);
      if (cells === null) throw new Error('lies contract by contract');
      written.addParts(NOON + index, 'day', { segment, index }, cells);
    }
  }
  const done = written.done();
  return structuredClone(done, { transfer: [...done.memory] });
}

it.each([0, 100, 100_000])('gives back what was put into pieces of %d cells', (pieceCells) => {
  const found = createPageReader()(page(pieceCells));
  expect(found.map(({ timestamp }) => timestamp)).toEqual(chains.map(({ timestamp }) => timestamp));
  expect(found.map(({ file }) => file)).toEqual(['hot', 'day', 'hot', 'day', 'hot', 'day']);
  const read = found.map(({ content }) =>
    content instanceof Uint8Array ? codec.decode(content) : codec.join(content()),
  );
  expect(read).toEqual(chains);
});

it('hands over a few pieces of memory and each segment once', () => {
  const { memory, heads, files } = page(100_000);
  expect(memory).toHaveLength(1);
  expect(heads).toHaveLength(1);
  expect(files).toEqual(['hot', 'day']);
});

it('gives each snapshot fields of its own', () => {
  const [, one, , other] = createPageReader()(page(100));
  if (one.content instanceof Uint8Array || other.content instanceof Uint8Array) throw new Error('blobs');
  const [first, second] = [codec.join(one.content()), codec.join(other.content())];
  expect(first.quality).toEqual(second.quality);
  (first.quality as string[]).push('spot_frozen');
  expect(second.quality).not.toContain('spot_frozen');
});

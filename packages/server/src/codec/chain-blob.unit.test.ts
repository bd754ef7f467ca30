import { enrichedChainFrames } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { storableChain } from '../ports/stores/market/market-store.fixture.ts';
import { createChainBlobCodec } from './chain-blob.ts';

describe('chain blob', () => {
  it('is the frame of the chain, which is kept as it is where there is one', () => {
    const codec = createChainBlobCodec();
    const chain = storableChain();
    const frame = enrichedChainFrames.encode(chain);
    expect(codec.encode({ ...chain, frame })).toBe(frame);
    expect(codec.encode(chain)).toEqual(frame);
    expect(codec.decode(frame)).toEqual(chain);
  });
});

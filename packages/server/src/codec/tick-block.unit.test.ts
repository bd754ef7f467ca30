import { MalformedBlobError, sealBlob } from '@deltastream/contracts/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredTick } from '../ports/stores/market/market-store.ts';
import { BLOCK_MS, createTickBlockCodec } from './tick-block.ts';

const MINUTE = 29_783_520 * BLOCK_MS;
const codec = createTickBlockCodec();

const tick = fc.record({
  product: fc.constant('NIFTY'),
  timestamp: fc.nat({ max: BLOCK_MS - 1 }).map((ms) => MINUTE + ms),
  epoch: fc.constantFrom('run-1', 'run-2', 'Ünal 例'),
  seq: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  source: fc.string({ maxLength: 10 }),
  currency: fc.constantFrom('INR', 'USD'),
  price: fc.double({ noNaN: true }),
  previousClose: fc.option(fc.double({ noNaN: true }), { nil: null }),
});

describe('tick block', () => {
  it('gives back any ticks exactly', () => {
    const ticks = fc.uniqueArray(tick, { selector: ({ timestamp }) => timestamp, maxLength: 50 });
    fc.assert(
      fc.property(ticks, (given) => {
        const sorted = given.toSorted((a, b) => a.timestamp - b.timestamp);
        expect(codec.decode('NIFTY', MINUTE, codec.encode('NIFTY', MINUTE, sorted))).toEqual(sorted);
      }),
    );
  });

  it('needs a few bytes for a tick of a steady feed', () => {
    const ticks = Array.from(
      { length: 600 },
      (_, i): StoredTick => ({
        product: 'NIFTY',
        timestamp: MINUTE + 100 * i + ((i * 7) % 5),
        epoch: '2026-08-19T03:45:00.000Z',
        seq: 1000 + 3 * i,
        source: 'synthetic',
        currency: 'INR',
        price: Math.round(20 * (24_000 + 5 * Math.sin(i) + ((i * 13) % 7))) / 20,
        previousClose: 23_950,
      }),
    );
    expect(codec.encode('NIFTY', MINUTE, ticks).length / ticks.length).toBeLessThan(5);
  });

  it('refuses another version and what is cut off', () => {
    const block = codec.encode('NIFTY', MINUTE, fc.sample(tick, 1));
    expect(() => codec.decode('NIFTY', MINUTE, block.with(0, 7))).toThrow(/version is 7/);
    for (let length = 0; length < block.length; length++) {
      expect(() => codec.decode('NIFTY', MINUTE, block.subarray(0, length))).toThrow();
    }
  });

  it('notices every flipped bit', () => {
    const block = codec.encode('NIFTY', MINUTE, fc.sample(tick, 1));
    for (let bit = 0; bit < 8 * block.length; bit++) {
      const damaged = block.with(bit >> 3, block[bit >> 3] ^ (1 << (bit & 7)));
      expect(() => codec.decode('NIFTY', MINUTE, damaged), `bit ${bit}`).toThrow(MalformedBlobError);
    }
  });

  it('refuses the block of another product or minute', () => {
    const block = codec.encode('NIFTY', MINUTE, fc.sample(tick, 1));
    expect(() => codec.decode('NAFTY', MINUTE, block)).toThrow(
      /checksum does not fit the bytes under the key NAFTY/,
    );
    expect(() => codec.decode('NIFTY', MINUTE + BLOCK_MS, block)).toThrow(MalformedBlobError);
  });

  it('reads blocks whose checksum does not cover their key', () => {
    const ticks = fc.sample(tick, 1);
    const block = codec.encode('NIFTY', MINUTE, ticks);
    expect(codec.decode('NIFTY', MINUTE, sealBlob(block.with(0, 2)))).toEqual(ticks);
  });

  it('keeps the generation of an import', () => {
    const [given] = fc.sample(tick, 1);
    const ticks = [{ ...given, generation: -1_786_000_000_000 }];
    expect(codec.decode('NIFTY', MINUTE, codec.encode('NIFTY', MINUTE, ticks))).toEqual(ticks);
  });
});

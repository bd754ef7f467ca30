import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnReader, createPlainColumnReader } from '../column-reader.ts';
import { createPlainColumnWriter } from '../column-writer.ts';
import { MalformedBlobError } from '../malformed-blob.ts';
import { type Table, tables } from './arbitrary-columns.fixture.ts';
import { createSimdColumnReader } from './simd-column-reader.ts';

const writer = createPlainColumnWriter();
const plain = createPlainColumnReader();
const simd = createSimdColumnReader() as ColumnReader;
/** Fails where it leaves anything to the plain one. */
const alone = createSimdColumnReader({
  read: () => {
    throw new Error('left to the plain reader');
  },
}) as ColumnReader;
const START = 3;

/** The columns behind three other bytes. */
function written({ count, values, references }: Table): Uint8Array {
  const target = new Uint8Array(START + writer.bound(count, references.length) + 64);
  return target.slice(0, writer.write(values, count, references, target, START));
}

/** What a reader gives, bit for bit, or that it refuses. */
function outcome(reader: ColumnReader, blob: Uint8Array, count: number, width: number) {
  const values = new Float64Array(count * width);
  try {
    return { end: reader.read(blob, START, count, width, values), bits: new BigUint64Array(values.buffer) };
  } catch (error) {
    if (error instanceof MalformedBlobError) return error.message;
    throw error;
  }
}

const both = (blob: Uint8Array, count: number, width: number) => [
  outcome(simd, blob, count, width),
  outcome(plain, blob, count, width),
];

describe('the SIMD column reader', () => {
  it('runs in this engine', () => {
    expect(createSimdColumnReader()).not.toBeNull();
  });

  it('gives the bits of the plain one for any columns, and for the first of them', () => {
    fc.assert(
      fc.property(tables, fc.nat({ max: 6 }), (table, first) => {
        const blob = written(table);
        for (const width of [table.references.length, Math.min(first, table.references.length)]) {
          const own = outcome(table.count * width === 0 ? simd : alone, blob, table.count, width);
          expect(own).toEqual(outcome(plain, blob, table.count, width));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('says of damaged bytes what the plain one says, and reads on afterwards', () => {
    const flips = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(tables, flips, fc.double({ min: 0.3, max: 1, noNaN: true }), (table, places, share) => {
        const blob = written(table);
        const width = table.references.length;
        const damaged = blob.slice(0, Math.max(START, Math.ceil(share * blob.length)));
        for (const [place, byte] of places) damaged[Math.floor(place * damaged.length)] = byte;
        const [own, expected] = both(damaged, table.count, width);
        expect(own).toEqual(expected);
        expect(outcome(simd, blob, table.count, width)).toEqual(outcome(plain, blob, table.count, width));
      }),
      { numRuns: 1000 },
    );
  });

  it('takes varints of every length in any order', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 1, maxLength: 70 });
    fc.assert(
      fc.property(lengths, (bits) => {
        const values = Float64Array.from(bits, (each, i) => (i % 2 ? -1 : 1) * (2 ** each + (i % 3)));
        const [own, expected] = both(
          written({ count: bits.length, values, references: [-1] }),
          bits.length,
          1,
        );
        expect(own).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('takes columns of any length, small after large', () => {
    for (const count of [0, 1, 2, 63, 64, 65, 20_000, 100_000, 5]) {
      const values = Float64Array.from({ length: 3 * count }, (_, i) => (i % 11 === 0 ? Number.NaN : i / 8));
      const blob = written({ count, values, references: [-1, 0, 1] });
      const [own, expected] = both(blob, count, 3);
      expect(own).toEqual(expected);
    }
  });
});

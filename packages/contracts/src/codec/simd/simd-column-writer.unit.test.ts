import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnWriter, createPlainColumnWriter } from '../column-writer.ts';
import { encodedColumns } from '../encoded-columns.ts';
import { type Table, tables } from './arbitrary-columns.fixture.ts';
import { createSimdColumnWriter } from './simd-column-writer.ts';

const plain = createPlainColumnWriter();
const simd = createSimdColumnWriter() as ColumnWriter;

/** The second column costs as much by itself as by the first. */
const TIE: Table = {
  count: 60,
  values: Float64Array.from({ length: 120 }, (_, i) => [10, 13, 40, 41][(i % 2) + (i < 60 ? 0 : 2)]),
  references: [-1, 0],
};

function written(writer: ColumnWriter, { count, values, references }: Table, firstWidth = 0): Uint8Array {
  const start = 3;
  const target = new Uint8Array(start + writer.bound(count, references.length) + 64);
  const first = references.slice(0, firstWidth);
  const end = plain.write(values, count, first, target, start);
  const before = encodedColumns(target.slice(0, end), start, count, firstWidth);
  return target.slice(0, writer.write(values, count, references, target.fill(0), start, before));
}

describe('the SIMD column writer', () => {
  it('runs in this engine', () => {
    expect(createSimdColumnWriter()).not.toBeNull();
  });

  it('writes the bytes of the plain one for any columns', () => {
    fc.assert(
      fc.property(tables, (columns) => {
        expect(written(simd, columns)).toEqual(written(plain, columns));
      }),
      { numRuns: 1000, examples: [[TIE]] },
    );
  });

  it('writes them after columns that were encoded before', () => {
    fc.assert(
      fc.property(tables, fc.nat({ max: 6 }), (columns, first) => {
        const width = Math.min(first, columns.references.length);
        expect(written(simd, columns, width)).toEqual(written(plain, columns, width));
      }),
      { numRuns: 300 },
    );
  });

  it('ignores the bits of a pattern beyond its last row', () => {
    const columns = {
      count: 3,
      values: Float64Array.of(1, Number.NaN, 2, 4, Number.NaN, 5),
      references: [-1, -1],
    };
    const target = new Uint8Array(200);
    const end = plain.write(columns.values, 3, [-1], target, 0);
    const first = encodedColumns(target.slice(0, end), 0, 3, 1);
    first.bytes[first.patternsAt[0]] |= 0xf8;
    const after = (writer: ColumnWriter) =>
      target.slice(0, writer.write(columns.values, 3, [-1, -1], target.fill(0), 0, first));
    expect(after(simd)).toEqual(after(plain));
  });

  it('takes columns of any length, small after large', () => {
    for (const count of [0, 1, 2, 63, 64, 65, 20_000, 5]) {
      const values = Float64Array.from({ length: 3 * count }, (_, i) => (i % 11 === 0 ? Number.NaN : i / 8));
      const columns = { count, values, references: [-1, 0, 1] };
      expect(written(simd, columns)).toEqual(written(plain, columns));
    }
  });
});

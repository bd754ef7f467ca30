import { MalformedBlobError } from '@deltastream/contracts/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_HOUR_MS, createFigureBlockCodec, type FigureBlock } from './figure-block.ts';

const HOUR = Date.UTC(2026, 7, 19, 4);
const codec = createFigureBlockCodec();

const shown = (block: FigureBlock) => ({
  timestamps: [...block.timestamps],
  columns: new Map([...block.ids()].map((id) => [id, [...(block.column(id) ?? [])]])),
});

const cell = fc.oneof(
  fc.constant(Number.NaN),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((ticks) => ticks / 20),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const figures = fc
  .uniqueArray(fc.integer({ min: 0, max: BLOCK_HOUR_MS - 1 }), { maxLength: 60 })
  .chain((offsets) =>
    fc
      .dictionary(
        fc.integer({ min: 0, max: 70_000 }).map(String),
        fc.array(cell, { minLength: offsets.length, maxLength: offsets.length }),
        { maxKeys: 6 },
      )
      .map((columns) => ({
        timestamps: Float64Array.from(
          offsets.sort((a, b) => a - b),
          (offset) => HOUR + offset,
        ),
        columns: new Map(
          Object.entries(columns).map(([id, values]) => [Number(id), Float64Array.from(values)]),
        ),
      })),
  );

describe('a block of figures', () => {
  it('gives back every instant and value, bit by bit; a column without a value is left out', () => {
    fc.assert(
      fc.property(figures, ({ timestamps, columns }) => {
        const block = codec.open(
          'NIFTY 2026-08-25',
          HOUR,
          codec.encode('NIFTY 2026-08-25', HOUR, { timestamps, columns }),
        );
        const given = [...columns]
          .filter(([, values]) => values.some((value) => !Number.isNaN(value)))
          .sort(([a], [b]) => a - b);
        expect(shown(block)).toEqual({
          timestamps: [...timestamps],
          columns: new Map(given.map(([id, values]) => [id, [...values]])),
        });
        expect(block.column(70_001)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it('is refused with a byte flipped, cut short, and in the place of another', () => {
    const block = codec.encode('NIFTY', HOUR, {
      timestamps: Float64Array.of(HOUR + 59_000, HOUR + 119_000),
      columns: new Map([[3, Float64Array.of(0.1, Number.NaN)]]),
    });
    for (let i = 0; i < block.length; i++) {
      const flipped = block.map((byte, at) => (at === i ? byte ^ 1 : byte));
      expect(() => codec.open('NIFTY', HOUR, flipped), `byte ${i}`).toThrow(MalformedBlobError);
      expect(() => codec.open('NIFTY', HOUR, block.subarray(0, i)), `${i} bytes`).toThrow(MalformedBlobError);
    }
    expect(() => codec.open('SENSEX', HOUR, block)).toThrow('is of another series or hour');
    expect(() => codec.open('NIFTY', HOUR + BLOCK_HOUR_MS, block)).toThrow('is of another series or hour');
  });
});

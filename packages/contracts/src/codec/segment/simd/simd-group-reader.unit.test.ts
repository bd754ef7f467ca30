import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENRICHED_COLUMNS } from '../../../market/columns.ts';
import { MalformedBlobError } from '../../malformed-blob.ts';
import { createByteWriter } from '../byte-writer.ts';
import {
  createPlainGroupReader,
  type GroupCells,
  type StoredGroups,
  writeStrikeGroup,
} from '../strike-group.ts';
import { createSimdGroupReader } from './simd-group-reader.ts';

const WIDTH = ENRICHED_COLUMNS.length;
const plain = createPlainGroupReader();
const simd = createSimdGroupReader();

const market = fc.option(
  fc.record({
    forward: fc.double({ min: -1, max: 30_000, noNaN: true }),
    yearFraction: fc.double({ min: -0.01, max: 2, noNaN: true }),
    rate: fc.double({ min: -0.05, max: 0.2, noNaN: true }),
  }),
  { freq: 6 },
);

/** Each kind of cells that a column is kept as, and prices and volatilities that greeks follow from. */
const kind = fc.constantFrom('none', 'integers', 'gaps', 'odd', 'doubles', 'coins', 'priced');

const groups = fc
  .record({
    strikesOf: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
    times: fc.integer({ min: 1, max: 7 }),
    kinds: fc.array(kind, { minLength: WIDTH, maxLength: WIDTH }),
    seed: fc.nat(),
    odd: fc.double(),
    markets: fc.array(market, { minLength: 7, maxLength: 7 }),
  })
  .map(({ strikesOf, times, kinds, seed, odd, markets }) => {
    let state = seed | 1;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return (state >>> 8) / 2 ** 24;
    };
    const coinPrices = markets.map((each) => (each === null ? Number.NaN : 95_000.25 + random()));
    const cell = (of: string, i: number): number => {
      switch (of) {
        case 'none':
          return Number.NaN;
        case 'doubles':
          return random();
        case 'coins':
          return (Math.round(100 * random()) / 1e4) * coinPrices[i % times];
        case 'priced':
          return Math.round(3e4 * random()) / 1e5;
        default:
          if (of === 'gaps' && random() < 0.3) return Number.NaN;
          return of === 'odd' && random() < 0.1 ? odd : Math.round(5e3 * random() - 1e3) * 0.05;
      }
    };
    const snapshots = {
      times,
      width: WIDTH,
      markets: markets.slice(0, times),
      coinPrices: coinPrices.slice(0, times),
    };
    const stored = strikesOf.map((strikes) => {
      const columns = kinds.map((of, column) =>
        Float64Array.from({ length: strikes * times }, (_, i) => {
          if (column !== 0) return cell(of, i);
          return of === 'gaps' && random() < 0.2 ? Number.NaN : 20_000 + 50 * Math.floor(i / times);
        }),
      );
      const out = createByteWriter();
      writeStrikeGroup(snapshots, (column) => columns[column], out);
      return { strikes, bytes: out.done() };
    });
    return { snapshots, groups: stored, evaluations: 1 as const };
  });

/** What a reader gives, bit for bit; the kind of error where it refuses. */
function outcome(
  read: (stored: StoredGroups, width: number) => GroupCells,
  stored: StoredGroups,
  width: number,
) {
  try {
    const { cells, ...rest } = read(stored, width);
    return { ...rest, bits: new BigUint64Array(cells.buffer) };
  } catch (error) {
    if (error instanceof MalformedBlobError) return 'refused';
    throw error;
  }
}

describe('the SIMD reader of groups', () => {
  it('runs in this engine', () => {
    expect(simd).not.toBeNull();
  });

  it('gives the bits of the plain one, of either layout and any number of columns', () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: WIDTH }), (group, width) => {
        for (const wanted of [WIDTH, width]) {
          expect(outcome(simd?.read ?? plain.read, group, wanted)).toEqual(
            outcome(plain.read, group, wanted),
          );
        }
        for (let only = 0; only < group.snapshots.times; only++) {
          const [all, one] = [plain.read(group, WIDTH), simd?.read(group, WIDTH, only)];
          const start = WIDTH * all.starts[only];
          const expected = all.cells.slice(start, start + WIDTH * all.counts[only]);
          expect(one && [one.counts[only], one.starts[only], one.cells]).toEqual([
            all.counts[only],
            0,
            expected,
          ]);
        }
        // Checksums of greeks are those of one evaluation, so that both refuse where it is not the same.
        const twice = { ...group, evaluations: 2 as const };
        expect(outcome(simd?.read ?? plain.read, twice, WIDTH)).toEqual(outcome(plain.read, twice, WIDTH));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what the plain one refuses, and reads on afterwards', () => {
    const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(groups, damage, fc.double({ min: 0.5, max: 1, noNaN: true }), (group, flips, share) => {
        const [{ strikes, bytes: whole }, ...others] = group.groups;
        const bytes = whole.slice(0, Math.ceil(share * whole.length));
        for (const [place, byte] of flips) bytes[Math.floor(place * bytes.length)] = byte;
        const damaged = { ...group, groups: [...others, { strikes, bytes }] };
        expect(outcome(simd?.read ?? plain.read, damaged, WIDTH)).toEqual(
          outcome(plain.read, damaged, WIDTH),
        );
        expect(outcome(simd?.read ?? plain.read, group, WIDTH)).toEqual(outcome(plain.read, group, WIDTH));
      }),
      { numRuns: 300 },
    );
  });

  it('takes a small group after one whose memory is given back', () => {
    const large = (strikes: number) => {
      const snapshots = {
        times: 60,
        width: WIDTH,
        markets: Array(60).fill(null),
        coinPrices: Array(60).fill(Number.NaN),
      };
      const out = createByteWriter();
      writeStrikeGroup(snapshots, () => Float64Array.from({ length: 60 * strikes }, (_, i) => i / 4), out);
      return { snapshots, groups: [{ strikes, bytes: out.done() }], evaluations: 1 as const };
    };
    for (const group of [large(600), large(2)]) {
      expect(simd?.read(group, WIDTH).cells).toEqual(plain.read(group, WIDTH).cells);
    }
  });
});

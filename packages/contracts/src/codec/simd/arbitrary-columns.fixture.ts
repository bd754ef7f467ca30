import fc from 'fast-check';

/** Columns of one length, and what each may be predicted from. */
export interface Table {
  readonly count: number;
  readonly values: Float64Array;
  readonly references: readonly number[];
}

/** Some at which the one or the other writer branches: signs, ends of the integers, of decimals and of doubles. */
const EDGES = [
  ...[0, -0, 1, 0.1, 1e-15, 1e-16, 1 / 3, 5e-324, 2.2e-308, 1.7e308, Number.POSITIVE_INFINITY],
  ...[26, 27, 28, 31, 32, 52, 53, 63].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]),
].flatMap((value) => [value, -value]);

const cell = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -90, max: 90 }) },
  { weight: 4, arbitrary: fc.integer({ min: -(2 ** 26), max: 2 ** 26 }) },
  { weight: 1, arbitrary: fc.constantFrom(...EDGES) },
  { weight: 1, arbitrary: fc.double() },
);

/** A column: one shape throughout, so that most have a decimal form; rarely with a cell that has none, or gaps. */
const columnOf = (count: number) => {
  const many = <T>(each: fc.Arbitrary<T>) => fc.array(each, { minLength: count, maxLength: count });
  const decimals = fc.tuple(fc.nat({ max: 15 }), fc.constantFrom(1, 5, 50, 2 ** 20), fc.nat({ max: 27 }));
  const integers = decimals.chain(([places, step, bits]) =>
    many(fc.integer({ min: -(2 ** bits), max: 2 ** bits })).map((all) =>
      all.map((n) => (n * step) / 10 ** places),
    ),
  );
  const runs = fc
    .tuple(cell, cell, fc.integer({ min: 1, max: 40 }))
    .map(([a, b, length]) => Array.from({ length: count }, (_, i) => (i % (2 * length) < length ? a : b)));
  const lines = fc
    .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: -99, max: 99 }))
    .map(([from, by]) =>
      Array.from({ length: count }, (_, i) => (from + i * by + (i % 7 === 3 ? 1 : 0)) / 100),
    );
  const edges = many(fc.constantFrom(...EDGES));
  return fc
    .tuple(fc.oneof(integers, runs, lines, many(cell), edges), fc.option(cell, { freq: 4 }), fc.nat())
    .map(([cells, odd, at]) => (odd === null || count === 0 ? cells : cells.with(at % count, odd)));
};

/** Columns by gaps of a few patterns, and what each may be predicted from. */
export const tables: fc.Arbitrary<Table> = fc
  .oneof(fc.nat({ max: 12 }), fc.integer({ min: 44, max: 140 }))
  .chain((count) => {
    const mask = fc.oneof(
      fc.constant(Array<boolean>(count).fill(true)),
      fc
        .nat({ max: count })
        .map((from) => Array.from({ length: count }, (_, i) => i >= from && i < from + 90)),
      fc.array(fc.boolean(), { minLength: count, maxLength: count }),
    );
    const column = fc.record({ cells: columnOf(count), mask: fc.nat({ max: 2 }), like: fc.nat({ max: 9 }) });
    return fc
      .tuple(fc.tuple(mask, mask, mask), fc.array(column, { minLength: 1, maxLength: 7 }))
      .map(([masks, columns]) => {
        // Some are another column with a few cells changed, as a put is to its call.
        const filled: number[][] = [];
        for (const { cells, like } of columns) {
          const other = filled[like];
          filled.push(
            other === undefined ? cells : other.map((value, i) => (i % 9 === 4 ? cells[i] : value)),
          );
        }
        const values = filled.flatMap((cells, c) =>
          cells.map((value, i) => (masks[columns[c].mask][i] ? value : Number.NaN)),
        );
        const references = columns.map(({ like }, c) => (like < c ? like : -1));
        return { count, values: Float64Array.from(values), references };
      });
  });

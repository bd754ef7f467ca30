import fc from 'fast-check';
import { CHAIN_FIGURES } from '../figures/chain-figures.ts';
import type { Figure } from '../figures/figure.ts';
import type { ChainSummary, EnrichedChain } from '../market/chain.ts';
import { ENRICHED_COLUMNS } from '../market/columns.ts';

const double = fc.double({ noNaN: true });
const orNull = fc.option(double, { nil: null });
function arbitraryFigure({ value }: Figure): fc.Arbitrary<unknown> {
  if (value === 'number') return double;
  if (value === 'integer') return fc.nat();
  if (value === 'numbers') return fc.array(double, { maxLength: 3 });
  const instant = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (value === 'instant') return fc.option(instant, { nil: null });
  const given = value === 'nullable' ? double : fc.constantFrom(...value);
  return fc.option(given as fc.Arbitrary<unknown>, { nil: null });
}

const arbitrarySummary = fc.record({
  ...Object.fromEntries(
    Object.entries(CHAIN_FIGURES).map(([name, figure]) => [name, arbitraryFigure(figure)]),
  ),
  null_reasons: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
}) as fc.Arbitrary<ChainSummary>;

/** Cells of one column: of one decimal form, anything at all, or runs of one value; some not given. */
const arbitraryCells = (count: number) => {
  const cells = <T>(cell: fc.Arbitrary<T>) => fc.array(cell, { minLength: count, maxLength: count });
  const decimal = fc
    .tuple(fc.nat({ max: 9 }), fc.constantFrom(10, 1e4, 1e7, 1e12))
    .chain(([places, size]) => cells(fc.integer({ min: -size, max: size }).map((n) => n / 10 ** places)));
  const given = fc.oneof(
    decimal,
    cells(fc.double()),
    cells(fc.constantFrom(0, -0, 7, Number.POSITIVE_INFINITY, Number.MIN_VALUE)),
    fc.double().map((value) => Array<number>(count).fill(value)),
  );
  const missing = fc.oneof(
    fc.constant(Array<boolean>(count).fill(false)),
    fc.constant(Array<boolean>(count).fill(true)),
    cells(fc.boolean()),
  );
  return fc.tuple(given, missing).map(([of, gaps]) => of.map((value, i) => (gaps[i] ? Number.NaN : value)));
};

/** Any chain that can be encoded; its strikes need not ascend. */
export const arbitraryChain: fc.Arbitrary<EnrichedChain> = fc
  .tuple(
    fc
      .nat({ max: 40 })
      .chain((count) =>
        fc
          .tuple(...ENRICHED_COLUMNS.map(() => arbitraryCells(count)))
          .map((columns) => ({ count, values: Float64Array.from(columns.flat()) })),
      ),
    fc.record({
      product: fc.string(),
      expiry: fc.string(),
      expiry_at: fc.nat({ max: 8.64e15 }),
      timestamp: fc.nat({ max: 8.64e15 }),
      epoch: fc.string(),
      seq: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      source: fc.string({ unit: 'binary', maxLength: 40 }),
      currency: fc.string(),
      spot: orNull,
      future: orNull,
      lot_size: orNull,
      price_tick: orNull,
      quality: fc.subarray(['stale', 'partial', 'crossed'] as const).map((flags) => [...flags]),
      summary: arbitrarySummary,
    }),
  )
  .map(([columns, header]) => ({ ...header, columns }));

import { type BatchKernel, UNSOLVED } from '../batch-kernel.ts';
import type { Slice, SliceGreeks } from '../slice.ts';
import { instantiateSimd, type SimdExports } from './simd-instance.ts';
import { createSimdMemory } from './simd-memory.ts';

// Larger slices go through the module in parts, so that its memory stays within a megabyte.
const MOST_ROWS = 8192;

function copyIn(from: Float64Array | Int8Array, to: Float64Array | Int8Array, rows: number): void {
  if (from.length === to.length) to.set(from);
  else for (let i = 0; i < rows; i++) to[i] = from[i];
  // An odd last row is solved twice.
  if (to.length > rows) to[rows] = from[rows - 1];
}

function window(slice: Slice, from: number, to: number): Slice {
  return {
    forward: slice.forward,
    yearFraction: slice.yearFraction,
    discountFactor: slice.discountFactor,
    strikes: slice.strikes.subarray(from, to),
    sides: slice.sides.subarray(from, to),
    prices: slice.prices.subarray(from, to),
  };
}

function windowOfGreeks(out: SliceGreeks, from: number, to: number): SliceGreeks {
  return {
    iv: out.iv.subarray(from, to),
    delta: out.delta.subarray(from, to),
    gamma: out.gamma.subarray(from, to),
    theta: out.theta.subarray(from, to),
    vega: out.vega.subarray(from, to),
    rho: out.rho.subarray(from, to),
    status: out.status.subarray(from, to),
  };
}

/**
 * The batch kernel as WebAssembly SIMD, two rows to a vector. Columns are copied into the module's memory and back,
 * a few nanoseconds a row.
 *
 * @param relaxed use fused multiply-add where the processor has it: about a quarter faster, and the last digit of
 * a result may then differ from machine to machine.
 * @returns null where the engine cannot run it.
 */
export function createSimdKernel(relaxed: boolean): BatchKernel | null {
  const instance = instantiateSimd(relaxed);
  if (instance === null) return null;
  const exports: SimdExports = instance;
  const columnsFor = createSimdMemory(exports.memory, exports.firstFreeByte.value);

  function solvePart(
    slice: Slice,
    rows: number,
    iv: Float64Array,
    status: Uint8Array,
    out: SliceGreeks | null,
  ): number {
    if (rows === 0) return 0;
    const columns = columnsFor(rows);
    const { even, strikesAt, sidesAt, pricesAt, ivAt, statusAt } = columns;
    const { forward, yearFraction, discountFactor } = slice;
    copyIn(slice.strikes, columns.strikes, rows);
    copyIn(slice.prices, columns.prices, rows);
    copyIn(slice.sides, columns.sides, rows);
    let unsolved = 0;
    if (out === null) {
      unsolved = exports.solveIv(
        even,
        strikesAt,
        sidesAt,
        pricesAt,
        ivAt,
        statusAt,
        forward,
        yearFraction,
        discountFactor,
      );
    } else {
      const { deltaAt, gammaAt, thetaAt, vegaAt, rhoAt } = columns;
      const rate = -Math.log(discountFactor) / yearFraction;
      // biome-ignore format: one argument a line would hide that the first six are those of solveIv
      unsolved = exports.solveGreeks(
        even, strikesAt, sidesAt, pricesAt, ivAt, statusAt, deltaAt, gammaAt, thetaAt, vegaAt, rhoAt,
        forward, yearFraction, discountFactor, rate,
      );
      out.delta.set(columns.delta);
      out.gamma.set(columns.gamma);
      out.theta.set(columns.theta);
      out.vega.set(columns.vega);
      out.rho.set(columns.rho);
    }
    iv.set(columns.iv);
    status.set(columns.status);
    return even > rows && columns.statusOfPairs[rows] === UNSOLVED ? unsolved - 1 : unsolved;
  }

  return {
    name: relaxed ? 'relaxed-simd' : 'simd',
    solve(slice, rows, iv, status, out) {
      if (rows <= MOST_ROWS) return solvePart(slice, rows, iv, status, out);
      let unsolved = 0;
      for (let from = 0; from < rows; from += MOST_ROWS) {
        const to = Math.min(rows, from + MOST_ROWS);
        const part = out === null ? null : windowOfGreeks(out, from, to);
        unsolved += solvePart(
          window(slice, from, to),
          to - from,
          iv.subarray(from, to),
          status.subarray(from, to),
          part,
        );
      }
      return unsolved;
    },
  };
}

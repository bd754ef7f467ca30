import { createOptionTerms } from '../black/option-terms.ts';
import { type BatchKernel, type KernelName, UNSOLVED } from './batch-kernel.ts';
import { createPlainGreeksAt } from './plain/plain-greeks-at.ts';
import { createPlainKernel } from './plain/plain-kernel.ts';
import { solveRow } from './row-fallback.ts';
import { createSimdKernel } from './simd/simd-kernel.ts';
import {
  requireInput,
  requireRoom,
  requireRoomForGreeks,
  rowCount,
  type Slice,
  type SliceGreeks,
  type VolatilitySlice,
} from './slice.ts';

export interface SliceSolver {
  /** The batch kernel this solver runs. */
  readonly kernel: KernelName;
  /** See {@link solveSlice}. */
  solveSlice(slice: Slice, out: SliceGreeks): void;
  /** See {@link solveSliceIv}. */
  solveSliceIv(slice: Slice, iv: Float64Array, status: Uint8Array): void;
  /** See {@link greeksAt}; the same plain code whatever the kernel. */
  greeksAt(slice: VolatilitySlice, out: SliceGreeks): void;
}

// Below this many rows, copying into the SIMD module's memory costs more than it saves.
const FEW_ROWS = 12;

function isUsable(x: number): boolean {
  return x > 0 && x < Infinity;
}

function inputRows(slice: Slice): number {
  const rows = rowCount(slice.strikes, slice.count);
  requireInput('sides', slice.sides.length, rows, slice.count);
  requireInput('prices', slice.prices.length, rows, slice.count);
  return rows;
}

function createKernel(name: KernelName | 'auto', plain: BatchKernel): BatchKernel {
  if (name === 'plain') return plain;
  if (name === 'auto') return createSimdKernel(true) ?? createSimdKernel(false) ?? plain;
  const kernel = createSimdKernel(name === 'relaxed-simd');
  if (kernel === null)
    throw new Error(`this engine cannot run the ${name} kernel; use 'auto' to let it choose`);
  return kernel;
}

/**
 * A solver with its own kernel and working memory.
 *
 * @param kernel `auto` takes the fastest the engine supports; naming one is for measurements and for results that
 * are the same to the last digit on every machine (`simd`, `plain`).
 * @throws Error when the named kernel is not supported here; never for `auto`.
 */
export function createSliceSolver(kernel: KernelName | 'auto' = 'auto'): SliceSolver {
  const terms = createOptionTerms();
  const plain = createPlainKernel();
  const plainGreeksAt = createPlainGreeksAt();
  const chosen = createKernel(kernel, plain);

  function solveRows(
    slice: Slice,
    rows: number,
    iv: Float64Array,
    status: Uint8Array,
    out: SliceGreeks | null,
  ): void {
    const { forward, yearFraction, discountFactor, strikes, sides, prices } = slice;
    const usable = isUsable(forward) && isUsable(yearFraction) && isUsable(discountFactor);
    const batch = rows < FEW_ROWS ? plain : chosen;
    if (usable && batch.solve(slice, rows, iv, status, out) === 0) return;
    for (let i = 0; i < rows; i++) {
      if (usable && status[i] !== UNSOLVED) continue;
      solveRow(
        terms,
        iv,
        status,
        out,
        i,
        prices[i],
        forward,
        strikes[i],
        yearFraction,
        discountFactor,
        sides[i],
      );
    }
  }

  return {
    kernel: chosen.name,
    solveSlice(slice, out) {
      const rows = inputRows(slice);
      requireRoomForGreeks(out, rows);
      solveRows(slice, rows, out.iv, out.status, out);
    },
    solveSliceIv(slice, iv, status) {
      const rows = inputRows(slice);
      requireRoom('iv', iv.length, rows);
      requireRoom('status', status.length, rows);
      solveRows(slice, rows, iv, status, null);
    },
    greeksAt(slice, out) {
      const rows = rowCount(slice.strikes, slice.count);
      requireInput('sides', slice.sides.length, rows, slice.count);
      requireInput('sigmas', slice.sigmas.length, rows, slice.count);
      requireRoomForGreeks(out, rows);
      plainGreeksAt(slice, rows, out);
    },
  };
}

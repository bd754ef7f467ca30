import type { BatchKernel } from '../batch-kernel.ts';
import type { Slice, SliceGreeks } from '../slice.ts';
import { differentiateRows } from './plain-greeks.ts';
import { guessRows } from './plain-guess.ts';
import { evaluateRows } from './plain-model.ts';
import { BLOCK, RECORD } from './plain-record.ts';
import { refineRows } from './plain-refine.ts';

// The greeks are extrapolated over the last step, so it has to be shorter than for the volatility alone.
const FAR_ERROR = 1e-3;
const FAR_ERROR_WITH_GREEKS = 3e-4;

/** The batch kernel in plain JavaScript: runs everywhere, needs nothing. */
export function createPlainKernel(): BatchKernel {
  const records = new Float64Array(BLOCK * RECORD);
  return {
    name: 'plain',
    solve(slice: Slice, rows: number, iv: Float64Array, status: Uint8Array, out: SliceGreeks | null): number {
      const perRootT = 1 / Math.sqrt(slice.yearFraction);
      let unsolved = 0;
      for (let from = 0; from < rows; from += BLOCK) {
        const to = Math.min(rows, from + BLOCK);
        guessRows(slice, from, to, records, status);
        evaluateRows(from, to, records, 0, status);
        const farError = out === null ? FAR_ERROR : FAR_ERROR_WITH_GREEKS;
        unsolved += refineRows(from, to, records, status, iv, perRootT, farError);
        if (out !== null) differentiateRows(slice, from, to, records, out);
      }
      return unsolved;
    },
  };
}

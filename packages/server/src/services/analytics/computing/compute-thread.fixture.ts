import { fitSlices as fit } from '../volatility/fitting/fit-slices.ts';
import type { SmileQuotes } from '../volatility/fitting/smile-quotes.ts';

/** As `fitSlices`, but the thread ends when there is nothing to fit, and one smile takes for ever. */
export function fitSlices(smiles: readonly (SmileQuotes | null)[]) {
  if (smiles.length === 0) process.exit(3);
  if (smiles.length === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return fit(smiles);
}

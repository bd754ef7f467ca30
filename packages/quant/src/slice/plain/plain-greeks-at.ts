import { isPriceable } from '../../black/black76.ts';
import { logRatio } from '../../black/log-ratio.ts';
import { createOptionTerms } from '../../black/option-terms.ts';
import { IV_STATUS } from '../../status.ts';
import { UNSOLVED } from '../batch-kernel.ts';
import { writeExpired, writeGreeks, writeNoGreeks } from '../row-fallback.ts';
import type { SliceGreeks, VolatilitySlice } from '../slice.ts';
import { differentiateRows } from './plain-greeks.ts';
import { evaluateRows } from './plain-model.ts';
import { BETA, BLOCK, BRACKET, PER_ROOT, PHI, PREMIUM, RECORD, S, STEP, X } from './plain-record.ts';

// |ln(F/K)| where the series of the model end: the domain of the kernel, w < 0.34, as a logarithm.
const MAX_X = 0.708;

/** Loads rows from .. to-1 with their own volatility in place of a guess; `UNSOLVED` what the batch cannot take. */
function loadRows(
  slice: VolatilitySlice,
  from: number,
  to: number,
  records: Float64Array,
  out: SliceGreeks,
): void {
  const { forward, yearFraction, strikes, sides, sigmas } = slice;
  const rootT = Math.sqrt(yearFraction);
  for (let i = from, r = 0; i < to; i++, r += RECORD) {
    const strike = strikes[i];
    const sigma = sigmas[i];
    const perRoot = 1 / Math.sqrt(forward * strike);
    const x = Math.abs(logRatio(forward, strike));
    out.iv[i] = sigma;
    if (
      !(
        strike > 0 &&
        sigma > 0 &&
        x < MAX_X &&
        perRoot > 0 &&
        perRoot < Infinity &&
        sides[i] * sides[i] === 1
      )
    ) {
      out.status[i] = UNSOLVED;
      continue;
    }
    out.status[i] = IV_STATUS.ok;
    records[r + X] = x;
    records[r + S] = sigma * rootT;
    records[r + PER_ROOT] = perRoot;
    records[r + STEP] = 0;
  }
}

/** Takes the model's own price for the market's. */
function priceRows(
  slice: VolatilitySlice,
  from: number,
  to: number,
  records: Float64Array,
  status: Uint8Array,
): void {
  const { forward, discountFactor, strikes, sides } = slice;
  for (let i = from, r = 0; i < to; i++, r += RECORD) {
    if (status[i] === UNSOLVED) continue;
    const beta = records[r + S] * records[r + PHI] * records[r + BRACKET];
    const intrinsic = Math.max(0, sides[i] * (forward - strikes[i]));
    records[r + BETA] = beta;
    records[r + PREMIUM] = discountFactor * (intrinsic + beta / records[r + PER_ROOT]);
  }
}

/** Rows of a slice whose greeks are wanted at a known volatility, with working memory of its own. */
export function createPlainGreeksAt(): (slice: VolatilitySlice, rows: number, out: SliceGreeks) => void {
  const records = new Float64Array(BLOCK * RECORD);
  const terms = createOptionTerms();

  function writeRow(slice: VolatilitySlice, i: number, out: SliceGreeks): void {
    const { forward, yearFraction, discountFactor, strikes, sides, sigmas } = slice;
    const strike = strikes[i];
    const side = sides[i];
    const sigma = sigmas[i];
    out.status[i] = IV_STATUS.invalid_input;
    if (side !== 1 && side !== -1) writeNoGreeks(out, i);
    else if (yearFraction <= 0 && isPriceable(forward, strike, 0, 0, discountFactor)) {
      out.status[i] = IV_STATUS.expired;
      writeExpired(out, i, forward, strike, discountFactor, side);
    } else if (isPriceable(forward, strike, yearFraction, sigma, discountFactor)) {
      out.status[i] = IV_STATUS.ok;
      writeGreeks(terms, out, i, forward, strike, yearFraction, sigma, discountFactor, side);
    } else writeNoGreeks(out, i);
  }

  return (slice, rows, out) => {
    const { forward, yearFraction, discountFactor } = slice;
    // The strike plays no part here: it is each row's own to be wrong.
    const usable = yearFraction > 0 && isPriceable(forward, forward, yearFraction, 0, discountFactor);
    for (let from = 0; from < rows; from += BLOCK) {
      const to = Math.min(rows, from + BLOCK);
      if (usable) {
        loadRows(slice, from, to, records, out);
        evaluateRows(from, to, records, 0, out.status);
        priceRows(slice, from, to, records, out.status);
        differentiateRows(slice, from, to, records, out);
      }
      for (let i = from; i < to; i++) if (!usable || out.status[i] === UNSOLVED) writeRow(slice, i, out);
    }
  };
}

import { type getSurfaceFit, isoTime, type SurfaceFit, type SurfaceSlice } from '@deltastream/contracts';
import {
  type KRange,
  type SviParameters,
  sviButterflyCheck,
  sviCalendarViolations,
} from '@deltastream/quant';
import type { Static } from 'typebox';

type View = Static<(typeof getSurfaceFit.schema.response)[200]>;

/** A fitted surface as REST shows it, with what is arbitrage in it between its outermost quotes. */
export function surfaceFitView({ product, timestamp, slices }: SurfaceFit): View {
  let nearer: Fitted | null = null;
  const expiries = slices.map((slice) => {
    const fitted = fittedOf(slice);
    const view = {
      expiry: slice.expiry,
      timestamp: isoTime(slice.timestamp),
      year_fraction: slice.year_fraction,
      forward: slice.forward,
      atm_iv: slice.atm_iv,
      svi: slice.svi,
      reason: slice.reason,
      butterfly_arbitrage: fitted && sviButterflyCheck(fitted.svi, fitted.range).violations,
      calendar_arbitrage: fitted && nearer && calendar(nearer, fitted),
      strikes: slice.strikes,
      iv: slice.iv,
    };
    nearer = fitted ?? nearer;
    return view;
  });
  return { product, timestamp: isoTime(timestamp), count: expiries.length, expiries };
}

interface Fitted {
  readonly svi: SviParameters;
  /** ln(strike / forward) of the outermost quotes. */
  readonly range: KRange;
}

function fittedOf({ svi, forward, strikes }: SurfaceSlice): Fitted | null {
  if (svi === null || forward === null) return null;
  const [from, to] = [strikes[0], strikes[strikes.length - 1]].map((strike) => Math.log(strike / forward));
  return { svi, range: { from, to } };
}

/** Where both were quoted; null when they have no strike in common. */
function calendar(near: Fitted, far: Fitted): KRange[] | null {
  const range = {
    from: Math.max(near.range.from, far.range.from),
    to: Math.min(near.range.to, far.range.to),
  };
  return range.from < range.to ? sviCalendarViolations(near.svi, far.svi, range) : null;
}

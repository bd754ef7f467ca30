import type { CurvePointView, SurfaceSlice } from '@deltastream/contracts';
import {
  sviDensity,
  sviProbabilityBelow,
  sviTotalVariance,
  sviVolatility,
  touchProbability,
} from '@deltastream/quant';
import type { Static } from 'typebox';

type CurvePoint = Static<typeof CurvePointView>;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** A fitted curve at places evenly between its outermost points, with what it implies; empty without a curve. */
export function curveOf(
  {
    svi,
    forward,
    year_fraction,
    strikes,
  }: Pick<SurfaceSlice, 'svi' | 'forward' | 'year_fraction' | 'strikes'>,
  places: number,
): CurvePoint[] {
  if (svi === null || forward === null) return [];
  const [from, to] = [strikes[0], strikes[strikes.length - 1]].map((strike) => Math.log(strike / forward));
  return Array.from({ length: places }, (_, i) => {
    const k = from + ((to - from) * i) / (places - 1);
    const below = sviProbabilityBelow(svi, k);
    return {
      strike: forward * Math.exp(k),
      log_moneyness: k,
      iv: finite(sviVolatility(svi, k, year_fraction)),
      total_variance: sviTotalVariance(svi, k),
      density: finite(sviDensity(svi, forward, k)),
      probability_below: finite(below),
      probability_touch: finite(touchProbability(k, below)),
    };
  });
}

import { IV_MATURITIES, type RankedFigure } from '@deltastream/contracts';
import { constantMaturityIv } from '@deltastream/quant';
import type { ExpiryPoint } from './expiry-points.ts';

const DAYS_PER_YEAR = 365;
/** With less to go, what is left of a premium says more of ticks than of volatility. */
const DAY = 1 / DAYS_PER_YEAR;

/**
 * At-the-money volatility of the nearest of these expiries, which ascend, that is more than a day away, and at constant
 * maturities.
 */
export function impliedVolatilities(expiries: readonly ExpiryPoint[]): Record<RankedFigure, number | null> {
  const known = expiries.flatMap(({ yearFraction, figures: { atm_iv: iv } }) =>
    iv === null ? [] : [{ iv, yearFraction }],
  );
  const atMaturity = IV_MATURITIES.map(
    (days) => [`iv_${days}d`, constantMaturityIv(known, days / DAYS_PER_YEAR)] as const,
  );
  return {
    iv_nearest: expiries.find(({ yearFraction }) => yearFraction > DAY)?.figures.atm_iv ?? null,
    ...Object.fromEntries(atMaturity),
  } as Record<RankedFigure, number | null>;
}

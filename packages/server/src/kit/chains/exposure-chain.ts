import { type ChainColumns, column, type QualityFlag, SIDE_COLUMNS, type Side } from '@deltastream/contracts';
import type { ExposureChain, ExposureSide } from '@deltastream/quant';

export interface ExposureInputs {
  /** With the volatilities and greeks as they are published. */
  readonly columns: ChainColumns;
  readonly lotSize: number | null;
  /** Price of the underlying. */
  readonly spot: number | null;
  readonly forward: number | null;
  /** Continuous, fraction a year. */
  readonly rate: number;
  readonly yearFraction: number;
  readonly quality: readonly QualityFlag[];
}

/**
 * What the exposures of a chain are computed from; the reason where there are none. They are taken against the spot, or
 * the forward where the spot is frozen or missing.
 */
export function exposureChain(inputs: ExposureInputs): ExposureChain | string {
  const { columns, lotSize, spot, forward, rate, yearFraction, quality } = inputs;
  if (lotSize === null) return 'lot_unknown';
  if (forward === null) return 'no_forward';
  if (yearFraction <= 0) return 'expired';
  const sides = { call: sideOf(columns, 'call'), put: sideOf(columns, 'put') };
  const each = [sides.call, sides.put];
  if (each.every(({ openInterest }) => openInterest.every(Number.isNaN))) return 'not_given';
  const hasGreeks = ({ openInterest, gamma }: ExposureSide) =>
    gamma.some((value, i) => Number.isFinite(value * openInterest[i]));
  if (!each.some(hasGreeks)) return 'no_iv';
  return {
    ...sides,
    strikes: column(columns, 'strike'),
    forward,
    yearFraction,
    discountFactor: Math.exp(-rate * yearFraction),
    level: spot !== null && spot > 0 && !quality.includes('spot_frozen') ? spot : forward,
    lotSize,
  };
}

function sideOf(columns: ChainColumns, side: Side): ExposureSide {
  const names = SIDE_COLUMNS[side];
  return {
    openInterest: column(columns, names.open_interest),
    iv: column(columns, names.iv),
    delta: column(columns, names.delta),
    gamma: column(columns, names.gamma),
    vega: column(columns, names.vega),
  };
}

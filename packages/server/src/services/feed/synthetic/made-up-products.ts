import { listedOn, type ProductInfo } from '@deltastream/reference';
import { createRandom, derivedSeed } from './random.ts';

const SYMBOL = /^SYN\d{4}$/;
/** Their expiries are those of this product. */
export const MADE_UP_SCHEDULE = 'NIFTY';

/** A product of no exchange's list, as a stock of NSE is listed: what it is worth and how it moves follow from its symbol. */
export interface MadeUpProduct {
  readonly info: ProductInfo;
  readonly spot: number;
  /** Annualised fraction. */
  readonly volatility: number;
  /** Contracts traded per second at the money of the nearest expiry. */
  readonly activity: number;
}

/** Null for a symbol that is not of this kind. */
export function madeUpProduct(symbol: string): MadeUpProduct | null {
  if (!SYMBOL.test(symbol)) return null;
  const random = createRandom(derivedSeed(0, symbol));
  const spot = Math.round(50 * 100 ** random.uniform());
  const [volatility, activity] = [0.18 + 0.37 * random.uniform(), 0.5 + 4.5 * random.uniform()];
  return {
    info: {
      ...listedOn('NSE', symbol),
      ...{ name: `Made-up stock ${symbol.slice(3)}`, kind: 'equity' },
      ...{ priceTick: 0.05, premiumUnit: 'currency', strikeStep: strikeStepOf(spot) },
      volatilityIndex: null,
    },
    spot,
    volatility,
    activity,
  };
}

/** About a hundredth of the price: 1, 2 or 5 times a power of ten. */
function strikeStepOf(spot: number): number {
  const least = spot / 100;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((step) => step * power >= least) ?? 10);
}

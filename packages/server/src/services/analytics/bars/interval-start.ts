import { type BarInterval, INTERVAL_MS } from '@deltastream/contracts';
import { barStart, productInfo } from '@deltastream/reference';

/**
 * Start of the interval that an instant lies in: aligned to the session of the product's exchange, or to
 * UTC for a product that is not in the reference data.
 */
export function intervalStart(product: string, interval: BarInterval): (epochMs: number) => number {
  const exchange = productInfo(product)?.exchange;
  const length = INTERVAL_MS[interval];
  if (exchange === undefined) return (at) => Math.floor(at / length) * length;
  return (at) => barStart(exchange, length, at);
}

import { type BarInterval, INTERVAL_MS } from '@deltastream/contracts';
import { barStart, localInstant, productInfo, tradingDate } from '@deltastream/reference';

/**
 * Start of the interval that an instant lies in: aligned to the session of the product's exchange, or to
 * UTC for a product that is not in the reference data. That of a day is its opening, which may lie after the instant.
 */
export function intervalStart(product: string, interval: BarInterval): (epochMs: number) => number {
  const exchange = productInfo(product)?.exchange;
  const length = INTERVAL_MS[interval];
  if (exchange === undefined) return (at) => Math.floor(at / length) * length;
  return (at) => barStart(exchange, length, at);
}

/** First instant of the interval that an instant lies in: as its start, but of a day where the exchange is, its midnight. */
export function intervalBegin(product: string, interval: BarInterval): (epochMs: number) => number {
  const exchange = productInfo(product)?.exchange;
  if (exchange === undefined || interval !== '1d') return intervalStart(product, interval);
  return (at) => localInstant(exchange, tradingDate(exchange, at), 0);
}

import { dateOfDay, dayNumber, weekdayOf } from '../dates/calendar-date.ts';
import { facts, type ProductInfo, productInfo } from '../facts.ts';
import type { Exchange } from '../schema.ts';
import { expiryInstant } from '../sessions/exchanges.ts';
import { sessionStart } from '../sessions/sessions.ts';
import { tradingDayUpTo } from '../sessions/trading-days.ts';

/**
 * Instant at which a product's contracts of an expiry date cease: where the series settles at the opening, that
 * of the session, although its last trade is on the day before. NaN when `expiry` is not a date.
 */
export function contractExpiry(listing: Listing, expiry: string): number {
  const { exchange, kind, settledAtOpen } = listing;
  const day = dayNumber(expiry);
  if (Number.isNaN(day)) return Number.NaN;
  const traded = tradingDayUpTo(exchange, day);
  const atOpen =
    settledAtOpen === 'every' || (settledAtOpen === 'third_friday' && isThirdFriday(exchange, day, traded));
  const close = expiryInstant(exchange, expiry, kind);
  return atOpen ? sessionStart(exchange, close) : close;
}

/** Also the day before a third Friday that is a holiday, and the Saturday after it, which named it until 2015. */
function isThirdFriday(exchange: Exchange, named: number, traded: number): boolean {
  return [named - 1, named, named + 1].some((day) => {
    const ofMonth = Number(dateOfDay(day).slice(8));
    return weekdayOf(day) === 5 && ofMonth >= 15 && ofMonth <= 21 && tradingDayUpTo(exchange, day) === traded;
  });
}

/** What a chain has to say of its product. */
export interface Listing
  extends Pick<ProductInfo, 'symbol' | 'exchange' | 'kind' | 'currency' | 'settledAtOpen'> {
  /** Null when it is not known. */
  readonly priceTick: number | null;
}

/** A product as listed on an exchange that a recording names: what is known of it, else what the exchange has in common. */
export function listedOn(exchange: Exchange, symbol: string): Listing {
  const info = productInfo(symbol);
  if (info?.exchange === exchange) return info;
  const { currency, hours } = facts().data.exchanges[exchange];
  const kind = hours.equity ? 'equity' : 'coin';
  return { symbol, exchange, kind, currency, settledAtOpen: 'never', priceTick: null };
}

/** Every known symbol, in the order in which products are presented. */
export function knownProducts(): string[] {
  return Object.keys(facts().data.products);
}

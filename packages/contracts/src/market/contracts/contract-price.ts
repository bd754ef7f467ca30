import type { PRICE_SOURCES } from '../../figures/contract-figures.ts';

export type PriceSource = (typeof PRICE_SOURCES)[number];

/** An ask is one tick in spite of this relative rounding: ticks of a premium in coin are products with a forward. */
const TICK_ROUNDING = 1e-6;

/**
 * The premium every figure is computed from: the mid when both sides are quoted and ask >= bid > 0, and of a worthless
 * contract quoted 0 at one tick; else the last trade, else the venue's mark, unless a quote of one side contradicts
 * it; NaN when there is none.
 *
 * NaN means "not given"; 0 is what a source said: a price of 0 if it is a last trade or a mark, nobody bidding if it
 * is a bid. A quote of one side bounds the other two: a trade above what is asked now, or below what is bid, happened
 * in another market. A crossed quote bounds nothing.
 *
 * @param tick price tick of the contract; NaN or null when it is not known
 */
export function contractPrice(
  bid: number,
  ask: number,
  last: number,
  mark: number,
  tick: number | null,
): number {
  const mid = twoSidedMid(bid, ask);
  if (!Number.isNaN(mid)) return mid;
  if (isWorthless(bid, ask, tick)) return ask / 2;
  if (agreesWithQuote(last, bid, ask)) return last;
  return agreesWithQuote(mark, bid, ask) ? mark : Number.NaN;
}

/** The mid of a contract that is bid and asked for, and not crossed; else NaN. */
export const twoSidedMid = (bid: number, ask: number): number =>
  bid > 0 && ask >= bid ? (bid + ask) / 2 : Number.NaN;

/** Which of its inputs `contractPrice` used. */
export function contractPriceSource(
  bid: number,
  ask: number,
  last: number,
  mark: number,
  tick: number | null,
): PriceSource | null {
  if ((bid > 0 && ask >= bid) || isWorthless(bid, ask, tick)) return 'mid';
  if (agreesWithQuote(last, bid, ask)) return 'last';
  return agreesWithQuote(mark, bid, ask) ? 'mark' : null;
}

/** Why `contractPrice` is NaN: there was a trade or a mark, but outside the quote, or there was nothing. */
export function noPriceReason(last: number, mark: number): 'last_outside_quote' | 'no_price' {
  return last >= 0 || mark >= 0 ? 'last_outside_quote' : 'no_price';
}

/** Nobody bids, and the least there is is asked. */
function isWorthless(bid: number, ask: number, tick: number | null): boolean {
  return bid === 0 && tick !== null && ask > 0 && ask <= tick * (1 + TICK_ROUNDING);
}

/** A price that is given, not above an ask without a bid, not below a bid without an ask. */
function agreesWithQuote(price: number, bid: number, ask: number): boolean {
  if (!(price >= 0)) return false;
  if (bid > 0) return ask > 0 || price >= bid;
  return !(ask > 0) || price <= ask;
}

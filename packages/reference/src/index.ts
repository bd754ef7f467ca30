export { DAY_MS, dateOfDay, dayNumber, fromExchangeDate } from './dates/calendar-date.ts';
export { facts, type ProductInfo, productInfo, SHIPPED_REFERENCE, useReference } from './facts.ts';
export {
  type ExpiryDoubt,
  expiryDoubt,
  monthlyExpiries,
  scheduledExpiries,
} from './products/expiry-schedule.ts';
export { lotSize } from './products/lot-sizes.ts';
export {
  contractExpiry,
  type Listing,
  listedOn,
} from './products/products.ts';
export { type Settlement, settlementOf } from './products/settlement.ts';
export type { Exchange, SessionPhase } from './schema.ts';
export { closeOn, exchangeDate, expiryInstant, localInstant } from './sessions/exchanges.ts';
export { type MarketTimes, marketTimes } from './sessions/market-times.ts';
export {
  barStart,
  calendarIsUnknown,
  currentSessionStart,
  frozenSpan,
  type Market,
  quotedAt,
  sessionIsOpen,
  sessionPhase,
  sessionStart,
  spotIsFrozen,
} from './sessions/sessions.ts';
export { calendarSpans, sessionsPerYear, tradingDate } from './sessions/trading-days.ts';
export {
  sessionFrom,
  sessionsBefore,
  type TradingSession,
  tradingSession,
} from './sessions/trading-sessions.ts';

export { dayNumber, fromExchangeDate } from './calendar-date.ts';
export { closeOn, exchangeDate, expiryInstant, localInstant } from './exchanges.ts';
export { scheduledExpiries } from './expiry-schedule.ts';
export { SHIPPED_REFERENCE, useReference } from './facts.ts';
export { lotSize } from './lot-sizes.ts';
export { contractExpiry, type Listing, listedOn, type ProductInfo, productInfo } from './products.ts';
export type { Exchange, SessionPhase } from './schema.ts';
export {
  barStart,
  calendarIsUnknown,
  currentSessionStart,
  type Market,
  quotedAt,
  sessionIsOpen,
  sessionPhase,
  sessionStart,
  spotIsFrozen,
} from './sessions.ts';
export { calendarSpans, tradingDate } from './trading-days.ts';

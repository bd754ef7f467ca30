export { dayNumber, fromExchangeDate } from './calendar-date.ts';
export { type Exchange, exchangeDate, expiryInstant, localInstant } from './exchanges.ts';
export { scheduledExpiries } from './expiry-schedule.ts';
export { lotSize } from './lot-sizes.ts';
export { contractExpiry, type Listing, listedOn, type ProductInfo, productInfo } from './products.ts';
export { barStart, currentSessionStart, quotedAt, sessionIsOpen, sessionStart } from './sessions.ts';
export { tradingDate } from './trading-days.ts';

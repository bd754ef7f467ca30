import type { SubscriptionRequest } from './subscription.ts';

/** The types of rooms of one expiry, or of all expiries of a product. */
const OF_EXPIRIES = ['chain', 'summary', 'figures', 'exposure'] as const;
export type ExpiryRequest = Extract<SubscriptionRequest, { type: (typeof OF_EXPIRIES)[number] }>;

export const isOfExpiries = (request: SubscriptionRequest): request is ExpiryRequest =>
  (OF_EXPIRIES as readonly string[]).includes(request.type);

/** The room of a subscription: `product:SYM`, `chain:SYM`, `figures:SYM:EXPIRY`, `bars:SYM:1m`, `own_alerts:me`, ... */
export function roomOf(request: SubscriptionRequest): string {
  if (request.type === 'own_alerts') return `own_alerts:${request.owner ?? 'me'}`;
  const room = `${request.type}:${request.symbol}`;
  if (request.type === 'bars') return `${room}:${request.bar ?? '1m'}`;
  const expiry = isOfExpiries(request) ? request.expiry : undefined;
  return expiry === undefined ? room : `${room}:${expiry}`;
}

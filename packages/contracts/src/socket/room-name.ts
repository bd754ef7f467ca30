import type { SubscriptionRequest } from './subscription.ts';

/** The room of a subscription: `product:SYM`, `chain:SYM`, `chain:SYM:EXPIRY`, `bars:SYM:1m`, ... */
export function roomOf(request: SubscriptionRequest): string {
  const room = `${request.type}:${request.symbol}`;
  if (request.type === 'bars') return `${room}:${request.bar ?? '1m'}`;
  const expiry = request.type === 'chain' || request.type === 'summary' ? request.expiry : undefined;
  return expiry === undefined ? room : `${room}:${expiry}`;
}

import type { ServiceName } from '../lifecycle/service.ts';

/** What the services of the tutorial are asked for, and where that is here. */
const ADDRESSES: Partial<Record<ServiceName, readonly [pattern: RegExp, address: string]>> = {
  auth: [/^\/(register|login|verify|refresh)(?=\?|$)/, '/api/auth/$1'],
  storage: [/^\/data\//, '/api/data/'],
  analytics: [/^\/(pcr|max-pain|volatility-surface|oi-buildup|ohlc)\//, '/api/analytics/$1/'],
  logging: [/^\/logs(?=\?|$)/, '/api/logs'],
};

/** The address of this platform for one of the tutorial's; every other stays as it is. */
export function tutorialAddress(service: ServiceName): (url: string) => string {
  const known = ADDRESSES[service];
  return known === undefined ? (url) => url : (url) => url.replace(...known);
}

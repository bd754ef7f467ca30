import { underlyingsFirst } from '../connection/listings/underlyings-first.ts';
import type { AccessToken } from '../connection/requests/access-token.ts';
import type { Venue } from '../venue.ts';
import type { WireLimits, WireTimes } from '../wire-protocol.ts';
import { createUpstoxConversation } from './conversation.ts';
import type { Mode } from './feed/feed-fields.ts';
import { createKnownInstruments } from './known-instruments.ts';
import { type SOCKETS, UPSTOX_TIMES, upstoxLimits } from './limits.ts';
import { authorize, fetchInstruments } from './upstox-rest.ts';

export interface UpstoxConfig {
  /** An Analytics Token, good for a year, or the token of a day. */
  readonly accessToken: AccessToken;
  /** What options are asked for: `option_greeks` (the default), or `full` with five levels; what is taken of both is the same. */
  readonly mode?: Exclude<Mode, 'ltpc'>;
  /** How many sockets the account may have: `basic` by default. */
  readonly plan?: keyof typeof SOCKETS;
  /** `https://api.upstox.com` by default. */
  readonly apiUrl?: string;
  /** Where the lists `NSE.json.gz` and `BSE.json.gz` are; `https://assets.upstox.com/market-quote/instruments/exchange`. */
  readonly listUrl?: string;
  readonly limits?: Partial<WireLimits>;
  readonly times?: Partial<WireTimes>;
}

/**
 * Upstox: options of the NSE and the BSE with best bid and ask, open interest and previous close by its market data feed V3.
 * Nothing is polled, as the feed begins with a snapshot.
 */
export function createUpstoxVenue(config: UpstoxConfig): Venue {
  const { accessToken, mode = 'option_greeks', plan = 'basic' } = config;
  const { apiUrl = 'https://api.upstox.com' } = config;
  const { listUrl = 'https://assets.upstox.com/market-quote/instruments/exchange' } = config;
  const rest = { accessToken, apiUrl: apiUrl.replace(/\/+$/, ''), listUrl: listUrl.replace(/\/+$/, '') };
  const known = createKnownInstruments();
  return {
    name: 'upstox',
    async instruments(products, signal) {
      const list = await fetchInstruments(rest, products, signal);
      known.add(list);
      return list;
    },
    restore: (list) => known.add(list),
    subscriptions: underlyingsFirst,
    wire: {
      limits: { ...upstoxLimits(plan, mode), ...config.limits },
      times: { ...UPSTOX_TIMES, ...config.times },
      address: (signal) => authorize(rest, signal),
      converse: () => createUpstoxConversation(known, mode),
    },
    polls: [],
    volume: 'session',
  };
}

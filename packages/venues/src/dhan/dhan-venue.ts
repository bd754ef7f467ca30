import { underlyingsFirst } from '../connection/listings/underlyings-first.ts';
import { type AccessToken, currentToken } from '../connection/requests/access-token.ts';
import type { InstrumentList } from '../instrument.ts';
import type { Venue } from '../venue.ts';
import type { WireLimits, WireTimes } from '../wire-protocol.ts';
import { CHAIN_INTERVAL_MS, fetchInstruments } from './dhan-rest.ts';
import { createDhanConversation } from './feed/conversation.ts';
import { addKnown, type KnownInstrument } from './feed/known-instruments.ts';
import { createOptionChainPoll } from './option-chain-poll.ts';

export interface DhanConfig {
  readonly clientId: string;
  /** The token of a day. */
  readonly accessToken: AccessToken;
  /** `https://api.dhan.co/v2` by default. */
  readonly apiUrl?: string;
  /** `wss://api-feed.dhan.co` by default. */
  readonly feedUrl?: string;
  /** The scrip master; `https://images.dhan.co/api-data/api-scrip-master-detailed.csv` by default. */
  readonly listUrl?: string;
  /** Between two requests for option chains, ms; 3 s by default, which is what the venue allows. */
  readonly chainIntervalMs?: number;
  readonly limits?: Partial<WireLimits>;
  readonly times?: Partial<WireTimes>;
}

export const DHAN_LIMITS: WireLimits = {
  connections: 5,
  instrumentsPerConnection: 5000,
  instrumentsPerMessage: 100,
  // The venue names no number. 5,000 instruments are 50 messages, so that they are asked for within 5 s.
  messagesPerSecond: 10,
  burst: 10,
  // 5,000 packets of 162 bytes in one message are 810 KB.
  maxMessageBytes: 4 * 1024 * 1024,
};

/** Times that the venue does not name, with the reasons for them. */
const DHAN_TIMES: WireTimes = {
  // The venue pings every 10 s and ends a connection that does not answer for 40 s.
  silenceMs: 40_000,
  // A liquid underlying ticks every second; a minute without any is a mute connection.
  stallMs: 60_000,
  pingMs: 10_000,
  connectMs: 10_000,
  firstRetryMs: 1_000,
  lastRetryMs: 60_000,
};

const CLIENT_ID = /^[A-Za-z0-9]{1,64}$/;

/**
 * Dhan: options of the NSE and the BSE with best bid and ask, open interest and previous close by its live market feed, and the
 * option chain for what the feed has not said yet. Throws where the client id cannot be one.
 */
export function createDhanVenue(config: DhanConfig): Venue {
  const { clientId, accessToken, apiUrl = 'https://api.dhan.co/v2' } = config;
  const { feedUrl = 'wss://api-feed.dhan.co', chainIntervalMs = CHAIN_INTERVAL_MS } = config;
  const { listUrl = 'https://images.dhan.co/api-data/api-scrip-master-detailed.csv' } = config;
  if (!CLIENT_ID.test(clientId))
    throw new Error('the client id of Dhan is expected to be letters and digits');
  const rest = { clientId, accessToken, apiUrl: apiUrl.replace(/\/+$/, ''), listUrl };
  const known = new Map<number, KnownInstrument>();
  const underlyings = new Map<string, number>();
  function know(list: InstrumentList): void {
    addKnown(known, list);
    for (const { kind, id, listing } of list.instruments) {
      if (kind === 'underlying') underlyings.set(listing.symbol, Number(id));
    }
  }

  return {
    name: 'dhan',
    async instruments(products, signal) {
      const list = await fetchInstruments(rest, products, signal);
      know(list);
      return list;
    },
    restore: know,
    subscriptions: underlyingsFirst,
    wire: {
      limits: { ...DHAN_LIMITS, ...config.limits },
      times: { ...DHAN_TIMES, ...config.times },
      address: async () => {
        const token = await currentToken(accessToken, 'Dhan');
        return { url: `${feedUrl}?${new URLSearchParams({ version: '2', token, clientId, authType: '2' })}` };
      },
      converse: () => createDhanConversation(known),
    },
    polls: [createOptionChainPoll(rest, known, (product) => underlyings.get(product), chainIntervalMs)],
    volume: 'session',
  };
}

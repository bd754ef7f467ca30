import { underlyingsFirst } from '../connection/listings/underlyings-first.ts';
import type { InstrumentId } from '../instrument.ts';
import type { Venue } from '../venue.ts';
import type { WireLimits, WireTimes } from '../wire-protocol.ts';
import { requireApiKey } from './api-key.ts';
import { createOpenAlgoConversation } from './feed/conversation.ts';
import { addKnown, type KnownInstrument } from './known-instruments.ts';
import { fetchInstruments } from './rest/api-requests.ts';
import { createOpenAlgoChainPoll } from './rest/option-chain-poll.ts';

export interface OpenAlgoConfig {
  readonly apiKey: string;
  /** `http://127.0.0.1:5000` by default, where OpenAlgo is after its installation. */
  readonly url?: string;
  /** Of the WebSocket; by default as `socketUrlOf` derives it. */
  readonly socketUrl?: string;
  /** Between two requests for option chains, ms. */
  readonly chainIntervalMs?: number;
  readonly limits?: Partial<WireLimits>;
  readonly times?: Partial<WireTimes>;
}

export const OPENALGO_URL = 'http://127.0.0.1:5000';

/** Where OpenAlgo listens by itself; in front of it there may be a web server, which has both on one port. */
const OWN_PORT = '5000';
const OWN_SOCKET_PORT = '8765';

export const OPENALGO_LIMITS: WireLimits = {
  // All of a user share the one that OpenAlgo has to the broker, which is closed with the last of them.
  connections: 1,
  // To the broker: three connections of 1,000 symbols by default.
  instrumentsPerConnection: 3000,
  // They are subscribed one after the other at the broker before the answer comes.
  instrumentsPerMessage: 50,
  // No number is published. 3,000 instruments are 60 messages, so that they are asked for within 12 s.
  messagesPerSecond: 5,
  burst: 5,
  // A book of 50 levels on each side is some 6 KB, an answer to 50 symbols some 8 KB.
  maxMessageBytes: 1024 ** 2,
};

const OPENALGO_TIMES: WireTimes = {
  // OpenAlgo pings every 20 s and answers pings: three without an answer.
  silenceMs: 30_000,
  // After the broker's token changed in the night, OpenAlgo stays connected and mute.
  stallMs: 90_000,
  pingMs: 10_000,
  // With the login OpenAlgo connects to the broker, for which it waits 15 s, and once more with a new token.
  connectMs: 35_000,
  firstRetryMs: 1_000,
  lastRetryMs: 60_000,
};

/** Some brokers are asked for the quotes of a chain one by one, ten a second. */
const CHAIN_INTERVAL_MS = 5_000;

/** The WebSocket of an OpenAlgo: on port 8765 beside port 5000, else at `/ws`, where its installation behind nginx has it. */
export function socketUrlOf(url: string): string {
  const { protocol, hostname, host, port } = new URL(url);
  const scheme = protocol === 'https:' ? 'wss' : 'ws';
  return port === OWN_PORT ? `${scheme}://${hostname}:${OWN_SOCKET_PORT}` : `${scheme}://${host}/ws`;
}

/**
 * OpenAlgo, which its users run for themselves in front of one of some thirty brokers: options of the NSE and the BSE, with best
 * bid and ask by its WebSocket, open interest and previous close by its option chain. Throws where the API key cannot be one.
 */
export function createOpenAlgoVenue(config: OpenAlgoConfig): Venue {
  const { apiKey, chainIntervalMs = CHAIN_INTERVAL_MS } = config;
  requireApiKey(apiKey);
  const url = (config.url ?? OPENALGO_URL).replace(/\/+$/, '');
  const socketUrl = config.socketUrl ?? socketUrlOf(url);
  const rest = { apiKey, url };
  const known = new Map<InstrumentId, KnownInstrument>();
  return {
    name: 'openalgo',
    async instruments(products, signal) {
      const list = await fetchInstruments(rest, products, signal);
      addKnown(known, list);
      return list;
    },
    restore: (list) => addKnown(known, list),
    complete(id, by) {
      const instrument = known.get(id);
      if (instrument) Object.assign(instrument, by);
    },
    subscriptions: underlyingsFirst,
    wire: {
      limits: { ...OPENALGO_LIMITS, ...config.limits },
      times: { ...OPENALGO_TIMES, ...config.times },
      address: async () => ({ url: socketUrl, staysOnServer: true }),
      converse: () => createOpenAlgoConversation(apiKey, known),
    },
    polls: [createOpenAlgoChainPoll(rest, known, chainIntervalMs)],
    volume: 'session',
  };
}

import { underlyingsFirst } from '../connection/listings/underlyings-first.ts';
import { responseJson } from '../connection/requests/http-request.ts';
import type { Venue } from '../venue.ts';
import type { WireLimits, WireTimes } from '../wire-protocol.ts';
import { createExampleConversation } from './conversation.ts';
import { readInstruments } from './instruments.ts';

export interface ExampleConfig {
  readonly apiKey: string;
  /** `https://api.example.com` by default; its WebSocket is there, too. */
  readonly url?: string;
  readonly times?: Partial<WireTimes>;
}

/** The list of all products is some 3 MB. */
const MOST_LIST_BYTES = 16 * 1024 ** 2;
/** The venue asks for a pause of a second after a 429. */
const AFTER_TOO_MANY_MS = 1_000;

/** What the venue allows, by its documentation. */
export const EXAMPLE_LIMITS: WireLimits = {
  connections: 2,
  instrumentsPerConnection: 1000,
  instrumentsPerMessage: 100,
  messagesPerSecond: 10,
  burst: 10,
  // A confirmation of 100 symbols is some 3 KB, and no message is longer.
  maxMessageBytes: 64 * 1024,
};

const EXAMPLE_TIMES: WireTimes = {
  // Four of its heartbeats, which come every 5 s.
  silenceMs: 20_000,
  // An index ticks every second while its market is open.
  stallMs: 30_000,
  pingMs: 0,
  connectMs: 10_000,
  firstRetryMs: 1_000,
  lastRetryMs: 60_000,
};

/** Example: options of the NSE and the BSE with best bid and ask, volume and open interest. */
export function createExampleVenue({ apiKey, url = 'https://api.example.com', times }: ExampleConfig): Venue {
  return {
    name: 'example',
    async instruments(products, signal) {
      const asOf = Date.now();
      const response = await responseJson(
        {
          what: 'the instruments of Example',
          url: `${url}/instruments`,
          headers: { authorization: `Bearer ${apiKey}` },
          maxBytes: MOST_LIST_BYTES,
          afterTooManyMs: AFTER_TOO_MANY_MS,
        },
        signal,
      );
      return readInstruments(response, products, asOf);
    },
    subscriptions: underlyingsFirst,
    wire: {
      limits: EXAMPLE_LIMITS,
      times: { ...EXAMPLE_TIMES, ...times },
      address: async () => ({ url: `${url.replace(/^http/, 'ws')}/stream` }),
      converse: () => createExampleConversation(apiKey),
    },
    polls: [],
    volume: 'session',
  };
}

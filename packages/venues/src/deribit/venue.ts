import type { OptionInstrument } from '../instrument.ts';
import type { Poll, Venue } from '../venue.ts';
import { PollFailure } from '../venue.ts';
import type { WireLimits, WireTimes } from '../wire-protocol.ts';
import { createDeribitConversation } from './conversation.ts';
import { createListedContracts, dvolId, listingCurrency } from './listed-contracts.ts';
import { readBookSummary } from './meaning.ts';
import { createDeribitRest } from './rest.ts';

/** Every part has a default: public data of Deribit needs no account. */
export interface DeribitConfig {
  /** The methods over HTTP; `https://www.deribit.com` by default. */
  readonly httpUrl?: string;
  /** The WebSocket; `wss://www.deribit.com/ws/api/v2` by default. */
  readonly wsUrl?: string;
  /** Longest time for one request over HTTP, ms; 10 s by default. */
  readonly requestTimeoutMs?: number;
  /** Least time between two lists of instruments, ms; 1 s by default, which is what the venue allows. */
  readonly instrumentsIntervalMs?: number;
  /** Time between two book summaries, ms; 5 min by default. They are the first snapshot, then check the subscriptions. */
  readonly summaryIntervalMs?: number;
  /** The venue asks for a sign of life so often, s; 30 by default, at least 10. */
  readonly heartbeatSeconds?: number;
  readonly limits?: Partial<WireLimits>;
  readonly times?: Partial<WireTimes>;
}

/** A list of all options of a currency is some 2 MB. */
const MAX_RESPONSE_BYTES = 33_554_432;

const LIMITS: WireLimits = {
  // 32 for each address of ours, requests over HTTP included; the rest is for those and for others behind it.
  connections: 8,
  // How many channels a connection takes is unpublished; all options of one currency are some 1,000.
  instrumentsPerConnection: 1000,
  // 250 channels were taken in a message, more were refused as too large; an index has three.
  instrumentsPerMessage: 100,
  // 3.3 a second are allowed, and a burst of 10.
  messagesPerSecond: 2.8,
  burst: 5,
  // The mark prices of all options of an index are some 150 KB.
  maxMessageBytes: 8_388_608,
};

const TIMES: WireTimes = {
  // Two intervals of its heartbeat.
  silenceMs: 60_000,
  // An index is told every second.
  stallMs: 30_000,
  pingMs: 0,
  connectMs: 10_000,
  firstRetryMs: 1000,
  lastRetryMs: 60_000,
};

/** Options of Deribit: `BTC` and `ETH` (premiums in coin), `SOL_USDC` and its like (premiums in the currency). */
export function createDeribitVenue(config: DeribitConfig = {}): Venue {
  const { httpUrl = 'https://www.deribit.com', wsUrl = 'wss://www.deribit.com/ws/api/v2' } = config;
  const { heartbeatSeconds = 30, summaryIntervalMs = 300_000 } = config;
  const contracts = createListedContracts();
  const rest = createDeribitRest({
    url: httpUrl,
    timeoutMs: config.requestTimeoutMs ?? 10_000,
    maxBytes: MAX_RESPONSE_BYTES,
    instrumentsIntervalMs: config.instrumentsIntervalMs ?? 1000,
  });

  async function rowsOf(method: string, currencies: Iterable<string>, more: object, signal: AbortSignal) {
    const rows: unknown[] = [];
    for (const currency of currencies) {
      const result = await rest.call(method, { currency, kind: 'option', ...more }, signal);
      if (!Array.isArray(result))
        throw new PollFailure(`${method}: the result for ${currency} is not a list`);
      rows.push(...result);
    }
    return rows;
  }

  const summary: Poll = {
    name: 'book summary',
    intervalMs: summaryIntervalMs,
    run: async (options, sink, signal) => {
      const wanted = new Set(options.map(({ id }) => id));
      const rows = await rowsOf('get_book_summary_by_currency', currenciesOf(symbolsOf(options)), {}, signal);
      readBookSummary(rows, (name) => wanted.has(name), contracts, sink);
    },
  };

  return {
    name: 'deribit',
    instruments: async (products, signal) => {
      const asOf = Date.now();
      const rows = await rowsOf('get_instruments', currenciesOf(products), { expired: 'false' }, signal);
      return contracts.replace(rows, products, asOf);
    },
    restore: contracts.restore,
    subscriptions: (list, options) => {
      const wanted = new Set([...symbolsOf(options)].map((symbol) => contracts.indexOf(symbol)));
      const series = list.instruments.filter(
        ({ kind, id }) =>
          kind === 'underlying' && [...wanted].some((index) => index === id || dvolId(index ?? '') === id),
      );
      return [...series, ...options].map(({ id }) => id);
    },
    wire: {
      limits: { ...LIMITS, ...config.limits },
      times: { ...TIMES, ...config.times },
      address: async () => ({ url: wsUrl }),
      converse: () => createDeribitConversation({ contracts, heartbeatSeconds }),
    },
    polls: [summary],
    volume: 'rolling',
  };
}

const symbolsOf = (options: readonly OptionInstrument[]): Set<string> =>
  new Set(options.map(({ listing }) => listing.symbol));

const currenciesOf = (symbols: Iterable<string>): Set<string> => new Set([...symbols].map(listingCurrency));

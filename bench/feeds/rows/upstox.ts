import { createInstrumentQuote } from '../../../packages/venues/src/meaning.ts';
import { createFeedDecoder } from '../../../packages/venues/src/upstox/feed/decode-feed.ts';
import { FeedResponse } from '../../../packages/venues/src/upstox/feed/feed-response.fixture.ts';
import { feedMessage, type WrittenFeed } from '../../../packages/venues/src/upstox/simulator/write-feed.ts';
import { printRows } from '../print-rows.ts';

/** Feeds of Upstox a second that one core decodes, 100 contracts in a message, beside protobufjs by the schema. */

const CONTRACTS = 2000;
const PER_MESSAGE = 100;
const ROUNDS = 21;
/** Messages are decoded so often in a round, so that one takes some tenths of a second. */
const TIMES = 40;

const keys = Array.from({ length: CONTRACTS }, (_, i) => `NSE_FO|${40_000 + i}`);
const decoder = createFeedDecoder(new Map(keys.map((key) => [key, 65])));
let sum = 0;
const sink = {
  quote: ({ bid, ask, openInterest }: { bid: number; ask: number; openInterest: number }) => {
    sum += bid + ask + openInterest;
  },
  state: () => {},
  listed: () => {},
  rejected: (_: string, reason: string) => {
    throw new Error(reason);
  },
};

function messages(mode: WrittenFeed['mode']): Uint8Array[] {
  const written: Uint8Array[] = [];
  for (let from = 0; from < CONTRACTS; from += PER_MESSAGE) {
    const feeds = keys.slice(from, from + PER_MESSAGE).map((id, i) => {
      const price = 100 + i / 20;
      const sizes = { bidSize: i + 1, askSize: i + 2, volume: 1000 * i + 1, openInterest: 500 * i + 1 };
      const prices = { last: price, bid: price - 0.05, ask: price + 0.05, previousClose: price - 5 };
      const quote = { ...createInstrumentQuote(), id, at: 1_798_000_000_000, ...prices, ...sizes };
      return [quote, { mode, kind: 'option', lot: 65, before: null }] as const;
    });
    // As ws gives it.
    written.push(Buffer.from(feedMessage(feeds, 'live_feed', 1_798_000_000_000)));
  }
  return written;
}

/** Median over rounds of feeds a second, by processor time of this process. */
function feedsPerSecond(bytes: readonly Uint8Array[], decode: (message: Uint8Array) => void): number {
  const rates: number[] = [];
  for (let round = -5; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let n = 0; n < TIMES; n++) for (const message of bytes) decode(message);
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) rates.push((CONTRACTS * TIMES * 1e6) / (user + system));
  }
  return rates.toSorted((a, b) => a - b)[rates.length >> 1];
}

printRows(
  (['option_greeks', 'full'] as const).map((mode) => {
    const bytes = messages(mode);
    const ours = feedsPerSecond(bytes, (message) => decoder.decode(message, sink));
    const theirs = feedsPerSecond(bytes, (message) => FeedResponse.decode(message));
    if (!(sum > 0)) throw new Error('nothing was decoded');
    return {
      what: `Upstox, decoding in mode ${mode}`,
      figure: ours,
      unit: 'feeds/s',
      goal: 200_000,
      is: 'at least',
      remark: `${(ours / theirs).toFixed(1)} times protobufjs by the schema`,
    };
  }),
);

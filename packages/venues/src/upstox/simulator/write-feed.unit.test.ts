import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createInstrumentQuote, type InstrumentQuote } from '../../meaning.ts';
import { createFeedDecoder } from '../feed/decode-feed.ts';
import { FeedResponse } from '../feed/feed-response.fixture.ts';
import { feedMessage, marketInfoMessage, type WrittenFeed } from './write-feed.ts';

/** As protobufjs reads it by the schema. */
const read = (bytes: Uint8Array): unknown =>
  FeedResponse.toObject(FeedResponse.decode(bytes), { longs: Number, enums: String });

const KEY = 'NSE_FO|61093';
const quote: InstrumentQuote = {
  ...createInstrumentQuote(),
  id: KEY,
  at: 1_798_000_000_000,
  complete: true,
  bid: 119.5,
  ask: 120.05,
  last: 120,
  bidSize: 2,
  askSize: 3,
  volume: 100,
  openInterest: 20,
  previousClose: 110,
};
const option = { kind: 'option', lot: 65, before: null } as const;

test('protobufjs reads what is written, in every mode', () => {
  const write = (mode: WrittenFeed['mode'], kind: WrittenFeed['kind'] = 'option') =>
    read(feedMessage([[quote, { ...option, mode, kind }]], 'initial_feed', 7));
  const ltpc = { ltp: 120, ltt: quote.at, cp: 110 };
  const depth = { bidQ: 130, bidP: 119.5, askQ: 195, askP: 120.05 };
  // Zeros are not written: initial_feed and ltpc are 0.
  expect(write('ltpc')).toEqual({ currentTs: 7, feeds: { [KEY]: { ltpc } } });
  expect(write('option_greeks')).toEqual({
    currentTs: 7,
    feeds: {
      [KEY]: {
        firstLevelWithGreeks: { ltpc, firstDepth: depth, vtt: 6500, oi: 1300 },
        requestMode: 'option_greeks',
      },
    },
  });
  expect(write('full')).toEqual({
    currentTs: 7,
    feeds: {
      [KEY]: {
        fullFeed: {
          marketFF: { ltpc, marketLevel: { bidAskQuote: [depth, {}, {}, {}, {}] }, vtt: 6500, oi: 1300 },
        },
        requestMode: 'full_d5',
      },
    },
  });
  expect(write('full', 'underlying')).toMatchObject({
    feeds: { [KEY]: { fullFeed: { indexFF: { ltpc } } } },
  });
});

test('an increment has what differs', () => {
  const before = { ...quote, bid: 119, openInterest: 19 };
  const bytes = feedMessage([[quote, { ...option, mode: 'option_greeks', before }]], 'live_feed', 8);
  expect(read(bytes)).toEqual({
    type: 'live_feed',
    currentTs: 8,
    feeds: {
      [KEY]: {
        firstLevelWithGreeks: { ltpc: { ltt: quote.at }, firstDepth: { bidP: 119.5 }, oi: 1300 },
        requestMode: 'option_greeks',
      },
    },
  });
});

test('the status of segments', () => {
  expect(read(marketInfoMessage({ NSE_FO: 2, BSE_FO: 0 }, 9))).toEqual({
    type: 'market_info',
    currentTs: 9,
    marketInfo: { segmentStatus: { NSE_FO: 'NORMAL_OPEN', BSE_FO: 'PRE_OPEN_START' } },
  });
});

const tick = fc.integer({ min: 1, max: 2_000_000 }).map((ticks) => ticks / 20);
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: Number.NaN });
const count = fc.nat(1_000_000);
const any: fc.Arbitrary<InstrumentQuote> = fc
  .record({
    bid: tick,
    ask: some(tick),
    last: some(tick),
    bidSize: count,
    askSize: count,
    volume: count,
    openInterest: count,
    previousClose: some(tick),
  })
  .map((figures) => ({ ...createInstrumentQuote(), id: KEY, at: 5, complete: true, ...figures }));

test('the reader has the numbers of the market again, from a snapshot and from increments behind it', () => {
  const decoder = createFeedDecoder(new Map([[KEY, 65]]));
  fc.assert(
    fc.property(any, any, fc.constantFrom('option_greeks', 'full'), (first, second, mode) => {
      const merged = createInstrumentQuote();
      const sink = {
        quote: (given: InstrumentQuote) => {
          for (const name of Object.keys(first) as (keyof InstrumentQuote)[]) {
            // As the chain book does it: what is not given is as it was.
            if (given.complete || !Number.isNaN(given[name])) Object.assign(merged, { [name]: given[name] });
          }
        },
        state: () => {},
        listed: () => {},
        rejected: (_: string, reason: string) => expect.unreachable(reason),
      };
      decoder.decode(feedMessage([[first, { ...option, mode }]], 'initial_feed', 5), sink);
      expect(merged).toEqual(first);
      const now = { ...second };
      // What ceased to be takes a snapshot, and what is 0 is not written.
      for (const name of [
        'ask',
        'last',
        'previousClose',
        'bidSize',
        'askSize',
        'volume',
        'openInterest',
      ] as const) {
        if (!(now[name] > 0)) now[name] = first[name];
      }
      decoder.decode(feedMessage([[now, { ...option, mode, before: first }]], 'live_feed', 5), sink);
      expect(merged).toEqual({ ...now, complete: false });
    }),
    { numRuns: 500 },
  );
});

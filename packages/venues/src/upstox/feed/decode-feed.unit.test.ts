import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import type { InstrumentQuote, QuoteSink } from '../../meaning.ts';
import { createFeedDecoder } from './decode-feed.ts';
import { FeedResponse, feedSchema, PACKAGE } from './feed-response.fixture.ts';

const encoded = (message: object): Uint8Array =>
  FeedResponse.encode(FeedResponse.fromObject(message)).finish();

function decode(bytes: Uint8Array, lots: ReadonlyMap<string, number> = new Map()) {
  const quotes: InstrumentQuote[] = [];
  const rejected: string[] = [];
  const segments: (readonly [string, number, number])[] = [];
  const given: string[] = [];
  const sink: QuoteSink = {
    quote: (quote) => quotes.push({ ...quote }),
    state: () => expect.unreachable(),
    listed: () => expect.unreachable(),
    rejected: (rejection, reason) => rejected.push(`${rejection} ${reason}`),
  };
  createFeedDecoder(lots).decode(bytes, sink, {
    given: (key) => given.push(key),
    segment: (segment, status, at) => segments.push([segment, status, at]),
  });
  return { quotes, rejected, segments, given };
}

const OPTION = 'NSE_FO|61093';
const lots = new Map([[OPTION, 65]]);

test('a snapshot is complete: what it does not write is 0, and a price of 0 is none', () => {
  const { quotes, rejected, given } = decode(
    encoded({
      type: 'initial_feed',
      currentTs: 1_798_000_000_123,
      feeds: {
        [OPTION]: {
          requestMode: 'option_greeks',
          firstLevelWithGreeks: {
            ltpc: { cp: 110.5, ltt: 1_797_999_999_000 },
            firstDepth: { askQ: 130, askP: 120.05 },
            optionGreeks: { delta: 0.5 },
            iv: 0.12,
          },
        },
      },
    }),
    lots,
  );
  expect(rejected).toEqual([]);
  expect(given).toEqual([OPTION]);
  expect(quotes).toEqual([
    {
      id: OPTION,
      at: 1_798_000_000_123,
      complete: true,
      bid: 0,
      ask: 120.05,
      last: Number.NaN,
      mark: Number.NaN,
      bidSize: 0,
      askSize: 2,
      volume: 0,
      openInterest: 0,
      previousClose: 110.5,
      forward: Number.NaN,
      spot: Number.NaN,
    },
  ]);
});

test('an increment says what it writes, the rest is as it was', () => {
  const { quotes } = decode(
    encoded({
      type: 'live_feed',
      currentTs: 1_798_000_001_000,
      feeds: { [OPTION]: { firstLevelWithGreeks: { firstDepth: { bidP: 119.5 }, vtt: 6500 } } },
    }),
    lots,
  );
  const [quote] = quotes;
  expect(quote).toMatchObject({ complete: false, bid: 119.5, volume: 100 });
  for (const name of ['ask', 'last', 'bidSize', 'askSize', 'openInterest', 'previousClose'] as const) {
    expect(quote[name]).toBeNaN();
  }
});

test('every mode is read: five levels, an index, a last price', () => {
  const { quotes } = decode(
    encoded({
      type: 'initial_feed',
      currentTs: 1_798_000_000_000,
      feeds: {
        [OPTION]: {
          fullFeed: {
            marketFF: {
              ltpc: { ltp: 120 },
              marketLevel: {
                bidAskQuote: [
                  { bidQ: 65, bidP: 119, askQ: 195, askP: 121 },
                  { bidQ: 1, bidP: 1, askQ: 1, askP: 1 },
                ],
              },
              marketOHLC: { ohlc: [{ interval: '1d', open: 1, vol: 5, ts: 1_798_000_000_000 }] },
              vtt: '650',
              oi: 1300,
              tbq: 7,
            },
          },
        },
        'NSE_INDEX|Nifty 50': { fullFeed: { indexFF: { ltpc: { ltp: 24_010.5, cp: 23_990 } } } },
        'NSE_EQ|INE002A01018': { ltpc: { ltp: 1400, cp: 1390 } },
      },
    }),
    lots,
  );
  const options = { bid: 119, ask: 121, bidSize: 1, askSize: 3, last: 120, volume: 10, openInterest: 20 };
  expect(quotes).toMatchObject([
    { id: OPTION, ...options },
    { id: 'NSE_INDEX|Nifty 50', last: 24_010.5, previousClose: 23_990, volume: Number.NaN },
    { id: 'NSE_EQ|INE002A01018', last: 1400, bid: Number.NaN },
  ]);
});

test('the status of segments is said with the time of its message', () => {
  const status = { NSE_FO: 'NORMAL_OPEN', BSE_FO: 'PRE_OPEN_START' };
  const { segments, quotes } = decode(
    encoded({ type: 'market_info', currentTs: 7, marketInfo: { segmentStatus: status } }),
  );
  expect(quotes).toEqual([]);
  expect(segments).toEqual([
    ['NSE_FO', 2, 7],
    ['BSE_FO', 0, 7],
  ]);
});

test('a feed that is wrong costs itself only', () => {
  const { quotes, rejected } = decode(
    encoded({
      type: 'initial_feed',
      feeds: {
        'NSE_FO|1': { firstLevelWithGreeks: { firstDepth: { bidP: -1 } } },
        'NSE_FO|2': { firstLevelWithGreeks: { vtt: -65 } },
        'NSE_FO|3': { ltpc: { ltp: Number.POSITIVE_INFINITY } },
        '': { ltpc: { ltp: 1 } },
        'NSE_FO|4': { ltpc: { ltp: 4 } },
      },
    }),
  );
  expect(quotes.map(({ id }) => id)).toEqual(['NSE_FO|4']);
  expect(rejected).toEqual([
    'bad_value Upstox: NSE_FO|1: bidP is -1',
    'bad_value Upstox: NSE_FO|2: vtt is -65',
    'bad_value Upstox: NSE_FO|3: ltp is Infinity',
    'bad_value Upstox: a feed is not readable: it has no instrument key',
  ]);
});

test('a feed whose content goes beyond its entry costs itself only', () => {
  const good = encoded({ type: 1, feeds: { b: { ltpc: { ltp: 6 } } } });
  // Feed `a` of three bytes, of which ltpc says that it has nine.
  const bad = Uint8Array.from([0x12, 0x08, 0x0a, 0x01, 0x61, 0x12, 0x03, 0x0a, 0x09, 0x08]);
  const { quotes, rejected } = decode(Buffer.concat([bad, good]));
  expect(quotes).toMatchObject([{ id: 'b', last: 6 }]);
  expect(rejected).toEqual([
    'bad_value Upstox: a feed of a is not readable: a field of 9 bytes ends behind what it is part of',
  ]);
});

test('fields of a newer schema are skipped', () => {
  const newer = protobuf.Root.fromJSON(feedSchema.toJSON());
  newer.lookupType(`${PACKAGE}.LTPC`).add(new protobuf.Field('iep', 5, 'double'));
  newer.lookupType(`${PACKAGE}.Feed`).add(new protobuf.Field('note', 9, 'string'));
  newer.lookupType(`${PACKAGE}.FeedResponse`).add(new protobuf.Field('sequence', 1000, 'fixed32'));
  const type = newer.lookupType(`${PACKAGE}.FeedResponse`);
  const feeds = { [OPTION]: { ltpc: { ltp: 5, iep: 6 }, note: 'new' } };
  const bytes = type.encode(type.fromObject({ type: 1, feeds, sequence: 9 })).finish();
  const { quotes, rejected } = decode(bytes);
  expect(rejected).toEqual([]);
  expect(quotes).toMatchObject([{ id: OPTION, last: 5 }]);
});

const price = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }));
const amount = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 31 }), fc.maxSafeNat());
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const ltpc = fc.record({
  ltp: optional(price),
  ltt: optional(amount),
  ltq: optional(amount),
  cp: optional(price),
});
const level = fc.record({ bidQ: amount, bidP: price, askQ: amount, askP: price }, { requiredKeys: [] });
const amounts = { vtt: optional(amount), oi: optional(amount) };
const feed = fc.oneof(
  fc.record({ ltpc }),
  fc.record({
    firstLevelWithGreeks: fc.record({ ltpc: optional(ltpc), firstDepth: optional(level), ...amounts }),
    requestMode: fc.constant(2),
  }),
  fc.record({
    fullFeed: fc.record({
      marketFF: fc.record({
        ltpc: optional(ltpc),
        marketLevel: optional(fc.record({ bidAskQuote: fc.array(level, { maxLength: 5 }) })),
        ...amounts,
      }),
    }),
  }),
  fc.record({ fullFeed: fc.record({ indexFF: fc.record({ ltpc }) }) }),
);
const response = fc.record({
  type: fc.constantFrom(0, 1),
  currentTs: fc.integer({ min: 1, max: 4e12 }),
  feeds: fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), feed, {
    maxKeys: 8,
    noNullPrototype: true,
  }),
});

interface Plain {
  ltpc?: { ltp?: number; cp?: number };
  firstDepth?: Record<'bidP' | 'askP', number> & Record<'bidQ' | 'askQ', number>;
  marketLevel?: { bidAskQuote: NonNullable<Plain['firstDepth']>[] };
  vtt?: number;
  oi?: number;
}

test('what protobufjs writes of any message is read with the numbers that protobufjs reads', () => {
  fc.assert(
    fc.property(response, (message) => {
      const bytes = encoded(message);
      const { quotes, rejected } = decode(bytes, new Map(Object.keys(message.feeds).map((key) => [key, 1])));
      expect(rejected).toEqual([]);
      const read = FeedResponse.toObject(FeedResponse.decode(bytes), { longs: Number }) as {
        currentTs?: number;
        feeds?: Record<
          string,
          {
            ltpc?: Plain['ltpc'];
            firstLevelWithGreeks?: Plain;
            fullFeed?: { marketFF?: Plain; indexFF?: Plain };
          }
        >;
      };
      const feeds = Object.entries(read.feeds ?? {});
      expect(quotes.map(({ id }) => id)).toEqual(feeds.map(([key]) => key));
      for (const [i, [, each]] of feeds.entries()) {
        const body = each.firstLevelWithGreeks ?? each.fullFeed?.marketFF;
        const prices: Plain['ltpc'] = each.ltpc ?? body?.ltpc ?? each.fullFeed?.indexFF?.ltpc;
        const best = body?.firstDepth ?? body?.marketLevel?.bidAskQuote?.[0];
        const complete = message.type === 0;
        // What is absent is 0 in a snapshot of that mode, and otherwise as it was.
        const or = (value: number | undefined, there: unknown) =>
          value ?? (complete && there ? 0 : Number.NaN);
        const none = (value: number | undefined) => value || Number.NaN;
        expect(quotes[i]).toMatchObject({
          at: read.currentTs,
          complete,
          last: none(prices?.ltp),
          previousClose: none(prices?.cp),
          bid: or(best?.bidP, best),
          bidSize: or(best?.bidQ, best),
          ask: none(best?.askP),
          askSize: or(best?.askQ, best),
          volume: or(body?.vtt, body),
          openInterest: or(body?.oi, body),
        });
      }
    }),
    { numRuns: 500 },
  );
});

test('bytes that break off, random ones and changed ones never throw', () => {
  fc.assert(
    fc.property(response, fc.nat(), fc.nat(255), fc.nat(), (message, at, byte, end) => {
      const bytes = encoded(message);
      if (bytes.length === 0) return;
      decode(bytes.subarray(0, end % bytes.length));
      const changed = Uint8Array.from(bytes);
      changed[at % bytes.length] = byte;
      decode(changed);
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decode(bytes)),
    { numRuns: 2000 },
  );
});

test('a message that breaks off gives nothing', () => {
  const bytes = encoded({
    type: 'initial_feed',
    feeds: { [OPTION]: { ltpc: { ltp: 5 } }, b: { ltpc: { ltp: 6 } } },
  });
  for (let end = 1; end < bytes.length; end++) {
    const { quotes, rejected } = decode(bytes.subarray(0, end));
    // A cut between two fields leaves a message that is complete by itself.
    if (rejected.length === 0) continue;
    expect(quotes).toEqual([]);
    expect(rejected).toEqual([
      expect.stringMatching(/^truncated Upstox: a message of \d+ bytes is not a FeedResponse/),
    ]);
  }
});

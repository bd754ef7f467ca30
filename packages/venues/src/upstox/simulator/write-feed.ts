import protobuf from 'protobufjs/minimal.js';
import type { InstrumentQuote } from '../../meaning.ts';
import {
  ENTRY,
  FEED,
  FIRST_LEVEL,
  FULL,
  INDEX_FULL,
  LTPC,
  MARKET_FULL,
  MARKET_INFO,
  MARKET_LEVEL,
  type Mode,
  QUOTE,
  REQUEST_MODE,
  RESPONSE,
  TYPE,
} from '../feed/feed-fields.ts';

type Writer = protobuf.Writer;

/** What an instrument is sent as. */
export interface WrittenFeed {
  readonly mode: Mode;
  readonly kind: 'option' | 'future' | 'underlying';
  /** Units per contract. */
  readonly lot: number;
  /** What it said before: only what differs is written; null: everything. */
  readonly before: InstrumentQuote | null;
}

/**
 * A FeedResponse with these quotes, as the venue writes it: amounts in units, zeros and what does not exist left out. A snapshot
 * where nothing was said before of any, else increments.
 */
export function feedMessage(
  quotes: readonly (readonly [InstrumentQuote, WrittenFeed])[],
  type: 'initial_feed' | 'live_feed',
  at: number,
): Uint8Array {
  const writer = protobuf.Writer.create();
  varint(writer, RESPONSE.type, TYPE[type]);
  for (const [quote, feed] of quotes) {
    message(writer, RESPONSE.feeds, () => {
      writer.uint32(ENTRY.key).string(String(quote.id));
      message(writer, ENTRY.message, () => writeFeed(writer, quote, feed));
    });
  }
  varint(writer, RESPONSE.currentTs, at);
  return writer.finish();
}

/** A FeedResponse with the status of segments, numbers of MARKET_STATUS. */
export function marketInfoMessage(status: Readonly<Record<string, number>>, at: number): Uint8Array {
  const writer = protobuf.Writer.create();
  varint(writer, RESPONSE.type, TYPE.market_info);
  varint(writer, RESPONSE.currentTs, at);
  message(writer, RESPONSE.marketInfo, () => {
    for (const [segment, number] of Object.entries(status)) {
      message(writer, MARKET_INFO.segmentStatus, () => {
        writer.uint32(ENTRY.key).string(segment);
        // Entries of maps have their zeros.
        writer.uint32(ENTRY.enumerator).int32(number);
      });
    }
  });
  return writer.finish();
}

function writeFeed(writer: Writer, quote: InstrumentQuote, feed: WrittenFeed): void {
  const { mode, kind } = feed;
  if (mode === 'ltpc') message(writer, FEED.ltpc, () => writeLtpc(writer, quote, feed));
  else if (mode === 'full') {
    message(writer, FEED.fullFeed, () => {
      if (kind === 'underlying') {
        message(writer, FULL.index, () => {
          message(writer, INDEX_FULL.ltpc, () => writeLtpc(writer, quote, feed));
        });
        return;
      }
      message(writer, FULL.market, () => {
        message(writer, MARKET_FULL.ltpc, () => writeLtpc(writer, quote, feed));
        if (hasDepth(quote, feed)) {
          message(writer, MARKET_FULL.marketLevel, () => {
            message(writer, MARKET_LEVEL.quote, () => writeDepth(writer, quote, feed));
            // Four levels behind the best, of which the client takes nothing.
            for (let level = 2; level <= 5; level++) message(writer, MARKET_LEVEL.quote, () => {});
          });
        }
        writeAmounts(writer, quote, feed, MARKET_FULL);
      });
    });
  } else {
    message(writer, FEED.firstLevel, () => {
      message(writer, FIRST_LEVEL.ltpc, () => writeLtpc(writer, quote, feed));
      if (hasDepth(quote, feed)) {
        message(writer, FIRST_LEVEL.firstDepth, () => writeDepth(writer, quote, feed));
      }
      writeAmounts(writer, quote, feed, FIRST_LEVEL);
    });
  }
  varint(writer, FEED.requestMode, REQUEST_MODE[mode]);
}

function writeLtpc(writer: Writer, quote: InstrumentQuote, { before }: WrittenFeed): void {
  double(writer, LTPC.ltp, changed(quote, before, 'last'));
  varint(writer, LTPC.ltt, quote.at);
  double(writer, LTPC.cp, changed(quote, before, 'previousClose'));
}

function writeDepth(writer: Writer, quote: InstrumentQuote, { before, lot }: WrittenFeed): void {
  varint(writer, QUOTE.bidQ, changed(quote, before, 'bidSize') * lot);
  double(writer, QUOTE.bidP, changed(quote, before, 'bid'));
  varint(writer, QUOTE.askQ, changed(quote, before, 'askSize') * lot);
  double(writer, QUOTE.askP, changed(quote, before, 'ask'));
}

function writeAmounts(
  writer: Writer,
  quote: InstrumentQuote,
  { before, lot }: WrittenFeed,
  fields: { readonly vtt: number; readonly oi: number },
): void {
  varint(writer, fields.vtt, changed(quote, before, 'volume') * lot);
  double(writer, fields.oi, changed(quote, before, 'openInterest') * lot);
}

type Figure = 'bid' | 'ask' | 'last' | 'bidSize' | 'askSize' | 'volume' | 'openInterest' | 'previousClose';
const DEPTH: readonly Figure[] = ['bid', 'ask', 'bidSize', 'askSize'];

const hasDepth = (quote: InstrumentQuote, { before }: WrittenFeed): boolean =>
  DEPTH.some((name) => !Number.isNaN(changed(quote, before, name)));

/** NaN, which is not written, where it is as it was. */
const changed = (quote: InstrumentQuote, before: InstrumentQuote | null, name: Figure): number =>
  before !== null && before[name] === quote[name] ? Number.NaN : quote[name];

function message(writer: Writer, tag: number, write: () => void): void {
  writer.uint32(tag).fork();
  write();
  writer.ldelim();
}

function double(writer: Writer, tag: number, value: number): void {
  if (value !== 0 && !Number.isNaN(value)) writer.uint32(tag).double(value);
}

function varint(writer: Writer, tag: number, value: number): void {
  if (value !== 0 && !Number.isNaN(value)) writer.uint32(tag).int64(Math.round(value));
}

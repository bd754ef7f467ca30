import type { Rejection } from '@deltastream/recordings/source';
import protobuf from 'protobufjs/minimal.js';
import { clearQuote, createInstrumentQuote, type InstrumentQuote, type QuoteSink } from '../../meaning.ts';
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
  QUOTE,
  RESPONSE,
  TYPE,
} from './feed-fields.ts';
import { endsAt, readInt64, within } from './protobuf-reading.ts';

type Reader = protobuf.Reader;

/** What is said of a message beside its quotes. */
export interface FeedHandlers {
  /** A feed was read, before its quote goes to the sink. */
  given?(key: string): void;
  /** A segment such as `NSE_FO` has this status (a number of MARKET_STATUS, or one that is newer than them). */
  segment?(segment: string, status: number, at: number): void;
}

export interface FeedDecoder {
  /**
   * Reads a FeedResponse: a quote for each feed, in its order. A feed that is not understood is rejected and costs itself only;
   * a message that breaks off gives nothing. Never throws.
   */
  decode(message: Uint8Array, sink: QuoteSink, handlers?: FeedHandlers): void;
}

/**
 * A decoder with a quote of its own, which it fills for each feed.
 *
 * A snapshot (`initial_feed`) is complete: what it leaves out is zero, as proto3 does not write zeros. In an increment what is
 * left out is as it was.
 *
 * @param lots units per contract by instrument key, as amounts on the wire are in units; of a key that is not there they are
 * left out
 */
export function createFeedDecoder(lots: ReadonlyMap<string, number>): FeedDecoder {
  const quote = createInstrumentQuote();

  function readFeeds(reader: Reader, at: number, sink: QuoteSink, handlers: FeedHandlers, complete: boolean) {
    const { len } = reader;
    reader.pos = 0;
    while (reader.pos < len) {
      const tag = reader.tag();
      if (tag !== RESPONSE.feeds) {
        reader.skipType(tag & 7);
        continue;
      }
      const end = within(reader, len);
      try {
        clearQuote(quote);
        quote.id = '';
        quote.at = at;
        quote.complete = complete;
        const key = readEntry(reader, end, quote);
        const fault = faultOf(quote);
        if (fault !== null) reject(sink, 'bad_value', `${key}: ${fault}`);
        else {
          inContracts(quote, lots.get(key) ?? Number.NaN);
          handlers.given?.(key);
          sink.quote(quote);
        }
      } catch (error) {
        const whose = quote.id === '' ? '' : ` of ${quote.id}`;
        reject(sink, 'bad_value', `a feed${whose} is not readable: ${reasonOf(error)}`);
      }
      reader.pos = end;
    }
  }

  return {
    decode(message, sink, handlers = {}) {
      try {
        const reader = protobuf.Reader.create(message);
        let type = 0;
        let at = Number.NaN;
        let marketInfo = -1;
        // The time comes behind the feeds that it is of.
        while (reader.pos < reader.len) {
          const tag = reader.tag();
          if (tag === RESPONSE.type) type = reader.int32();
          else if (tag === RESPONSE.currentTs) at = readInt64(reader);
          else if (tag === RESPONSE.marketInfo) {
            marketInfo = reader.pos;
            reader.pos = within(reader, reader.len);
          } else reader.skipType(tag & 7);
        }
        if (!(at > 0)) at = Number.NaN;
        if (marketInfo >= 0 && handlers.segment) {
          reader.pos = marketInfo;
          readMarketInfo(reader, at, handlers.segment);
        }
        readFeeds(reader, at, sink, handlers, type === TYPE.initial_feed);
      } catch (error) {
        reject(
          sink,
          error instanceof RangeError ? 'truncated' : 'bad_value',
          `a message of ${message.byteLength} bytes is not a FeedResponse: ${reasonOf(error)}`,
        );
      }
    },
  };
}

/** Reads an entry of the map of feeds up to `end` into the quote; returns its key. Protobuf lets the value come first. */
function readEntry(reader: Reader, end: number, quote: InstrumentQuote): string {
  let key = '';
  let value = -1;
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === ENTRY.key) {
      within(reader, end, true);
      key = reader.string();
    } else if (tag === ENTRY.message) {
      value = reader.pos;
      reader.pos = within(reader, end);
    } else reader.skipType(tag & 7);
  }
  endsAt(reader, end);
  if (key === '') throw new Error('it has no instrument key');
  if (value < 0) throw new Error('it has no content');
  quote.id = key;
  reader.pos = value;
  readFeed(reader, within(reader, end), quote);
  return key;
}

function readFeed(reader: Reader, end: number, quote: InstrumentQuote): void {
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === FEED.firstLevel) readFirstLevel(reader, within(reader, end), quote);
    else if (tag === FEED.ltpc) readLtpc(reader, within(reader, end), quote);
    else if (tag === FEED.fullFeed) readFull(reader, within(reader, end), quote);
    else reader.skipType(tag & 7);
  }
  endsAt(reader, end);
}

function readFull(reader: Reader, end: number, quote: InstrumentQuote): void {
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === FULL.market) readMarketFull(reader, within(reader, end), quote);
    else if (tag === FULL.index) readIndexFull(reader, within(reader, end), quote);
    else reader.skipType(tag & 7);
  }
  endsAt(reader, end);
}

function readFirstLevel(reader: Reader, end: number, quote: InstrumentQuote): void {
  if (quote.complete) beginAmounts(quote);
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === FIRST_LEVEL.ltpc) readLtpc(reader, within(reader, end), quote);
    else if (tag === FIRST_LEVEL.firstDepth) readQuote(reader, within(reader, end), quote);
    else if (tag === FIRST_LEVEL.vtt) quote.volume = readInt64(reader);
    else if (tag === FIRST_LEVEL.oi) quote.openInterest = reader.double();
    else reader.skipType(tag & 7);
  }
  endsAt(reader, end);
}

function readMarketFull(reader: Reader, end: number, quote: InstrumentQuote): void {
  if (quote.complete) beginAmounts(quote);
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === MARKET_FULL.ltpc) readLtpc(reader, within(reader, end), quote);
    else if (tag === MARKET_FULL.marketLevel) readBestLevel(reader, within(reader, end), quote);
    else if (tag === MARKET_FULL.vtt) quote.volume = readInt64(reader);
    else if (tag === MARKET_FULL.oi) quote.openInterest = reader.double();
    else reader.skipType(tag & 7);
  }
  endsAt(reader, end);
}

/** A snapshot in a mode that has these and does not write them says 0. */
function beginAmounts(quote: InstrumentQuote): void {
  quote.volume = 0;
  quote.openInterest = 0;
}

function readIndexFull(reader: Reader, end: number, quote: InstrumentQuote): void {
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === INDEX_FULL.ltpc) readLtpc(reader, within(reader, end), quote);
    else reader.skipType(tag & 7);
  }
  endsAt(reader, end);
}

/** Levels come from the best on. */
function readBestLevel(reader: Reader, end: number, quote: InstrumentQuote): void {
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === MARKET_LEVEL.quote) {
      readQuote(reader, within(reader, end), quote);
      break;
    }
    reader.skipType(tag & 7);
  }
  reader.pos = end;
}

function readLtpc(reader: Reader, end: number, quote: InstrumentQuote): void {
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === LTPC.ltp) quote.last = reader.double();
    else if (tag === LTPC.cp) quote.previousClose = reader.double();
    else reader.skipType(tag & 7);
  }
  endsAt(reader, end);
}

function readQuote(reader: Reader, end: number, quote: InstrumentQuote): void {
  if (quote.complete) {
    quote.bid = 0;
    quote.bidSize = 0;
    quote.askSize = 0;
  }
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === QUOTE.bidP) quote.bid = reader.double();
    else if (tag === QUOTE.askP) quote.ask = reader.double();
    else if (tag === QUOTE.bidQ) quote.bidSize = readInt64(reader);
    else if (tag === QUOTE.askQ) quote.askSize = readInt64(reader);
    else reader.skipType(tag & 7);
  }
  endsAt(reader, end);
}

function readMarketInfo(reader: Reader, at: number, segment: NonNullable<FeedHandlers['segment']>): void {
  const end = within(reader, reader.len);
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag !== MARKET_INFO.segmentStatus) {
      reader.skipType(tag & 7);
      continue;
    }
    const entryEnd = within(reader, end);
    let name = '';
    let status = 0;
    while (reader.pos < entryEnd) {
      const field = reader.tag();
      if (field === ENTRY.key) {
        within(reader, entryEnd, true);
        name = reader.string();
      } else if (field === ENTRY.enumerator) status = reader.int32();
      else reader.skipType(field & 7);
    }
    endsAt(reader, entryEnd);
    segment(name, status, at);
  }
}

/** What a quote says wrongly, if anything. */
function faultOf(quote: InstrumentQuote): string | null {
  const { bid, ask, last, bidSize, askSize, volume, openInterest, previousClose } = quote;
  if (isWrong(bid)) return `bidP is ${bid}`;
  if (isWrong(ask)) return `askP is ${ask}`;
  if (isWrong(last)) return `ltp is ${last}`;
  if (isWrong(previousClose)) return `cp is ${previousClose}`;
  if (isWrong(bidSize)) return `bidQ is ${bidSize}`;
  if (isWrong(askSize)) return `askQ is ${askSize}`;
  if (isWrong(volume)) return `vtt is ${volume}`;
  if (isWrong(openInterest)) return `oi is ${openInterest}`;
  return null;
}

const isWrong = (value: number): boolean => value < 0 || value === Number.POSITIVE_INFINITY;

/** Amounts from units into contracts; a price of 0 is none, apart from a bid. */
function inContracts(quote: InstrumentQuote, lot: number): void {
  quote.bidSize /= lot;
  quote.askSize /= lot;
  quote.volume /= lot;
  quote.openInterest /= lot;
  if (quote.ask === 0) quote.ask = Number.NaN;
  if (quote.last === 0) quote.last = Number.NaN;
  if (quote.previousClose === 0) quote.previousClose = Number.NaN;
}

const reject = (sink: QuoteSink, rejection: Rejection, reason: string): void =>
  sink.rejected(rejection, `Upstox: ${reason}`);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

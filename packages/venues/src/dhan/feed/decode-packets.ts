import type { Rejection } from '@deltastream/recordings/source';
import { clearQuote, createInstrumentQuote, type InstrumentQuote, type QuoteSink } from '../../meaning.ts';
import { dhanId } from '../instrument-id.ts';
import type { KnownInstrument } from './known-instruments.ts';
import {
  CODE,
  DEPTH_AT,
  FULL_OPEN_INTEREST_AT,
  HEADER_BYTES,
  LAST_PRICE_AT,
  LENGTH_AT,
  LEVEL,
  OPEN_INTEREST_AT,
  PACKET_BYTES,
  PREVIOUS_CLOSE_AT,
  REASON_AT,
  SECURITY_AT,
  SEGMENT_AT,
  VOLUME_AT,
} from './packet-layout.ts';

export interface PacketHandlers {
  /** A packet of an instrument was read, before its quote goes to the sink. */
  given?(id: number): void;
  /** The venue ends the connection. */
  disconnected?(reason: number): void;
}

export interface PacketDecoder {
  /**
   * Reads a binary message: the packets in it one after another. One that is not understood is rejected and costs itself only;
   * one that the message breaks off ends it. Never throws; allocates one view a message, nothing a packet.
   */
  decode(message: Uint8Array, sink: QuoteSink, handlers?: PacketHandlers): void;
}

/** What is taken of an instrument that is not in the list: its prices. */
const UNKNOWN: KnownInstrument = {
  kind: 'underlying',
  listed: null,
  lot: Number.NaN,
  ticksPerUnit: 100,
  previousClose: Number.NaN,
  isFresh: false,
};

/**
 * A decoder with a quote of its own, which it fills for each packet. Quotes have no time: the last trade's is not theirs, and
 * whether it is of UTC or of India is not documented.
 */
export function createPacketDecoder(known: ReadonlyMap<number, KnownInstrument>): PacketDecoder {
  const quote = createInstrumentQuote();
  return {
    decode(message, sink, handlers = {}) {
      const { byteLength } = message;
      const view = new DataView(message.buffer, message.byteOffset, byteLength);
      let at = 0;
      while (at < byteLength) {
        if (at + HEADER_BYTES > byteLength) {
          return void reject(
            sink,
            'truncated',
            `a header of ${byteLength - at} bytes, expected ${HEADER_BYTES}`,
          );
        }
        const code = view.getUint8(at);
        const length = view.getUint16(at + LENGTH_AT, true);
        const bytes = PACKET_BYTES.get(code);
        if (bytes === undefined) {
          reject(
            sink,
            'bad_value',
            `a packet of code ${code}, expected ${[...PACKET_BYTES.keys()].join(', ')}`,
          );
          // A length that cannot be one leaves no next packet to be found.
          if (length < HEADER_BYTES) return;
          at += length;
          continue;
        }
        if (at + bytes > byteLength) {
          return void reject(
            sink,
            'truncated',
            `a packet of code ${code} has ${byteLength - at} bytes, expected ${bytes}`,
          );
        }
        if (code === CODE.disconnect) handlers.disconnected?.(view.getUint16(at + REASON_AT, true));
        else if (code !== CODE.marketStatus) {
          const id = dhanId(view.getUint8(at + SEGMENT_AT), view.getUint32(at + SECURITY_AT, true));
          const instrument = known.get(id) ?? UNKNOWN;
          clearQuote(quote);
          quote.id = id;
          read(view, at, code, instrument, quote);
          if (isUsable(quote)) {
            // It is shared by all that are not known.
            if (instrument !== UNKNOWN) remember(instrument, quote, code);
            handlers.given?.(id);
            sink.quote(quote);
          } else
            reject(sink, 'bad_value', `a packet of code ${code} of ${id} has a price below 0 or infinite`);
        }
        // Newer packets may be longer.
        at += Math.max(bytes, length);
      }
    },
  };
}

function read(
  view: DataView,
  at: number,
  code: number,
  { lot, ticksPerUnit, previousClose }: KnownInstrument,
  quote: InstrumentQuote,
): void {
  switch (code) {
    case CODE.openInterest:
      quote.openInterest = view.getUint32(at + OPEN_INTEREST_AT, true) / lot;
      return;
    case CODE.previousDay:
      quote.previousClose = orNone(priceAt(view, at + PREVIOUS_CLOSE_AT, ticksPerUnit));
      return;
    case CODE.ticker:
      quote.last = orNone(priceAt(view, at + LAST_PRICE_AT, ticksPerUnit));
      return;
    case CODE.quote:
      quote.last = orNone(priceAt(view, at + LAST_PRICE_AT, ticksPerUnit));
      quote.volume = view.getUint32(at + VOLUME_AT, true) / lot;
      return;
    default:
      quote.complete = true;
      quote.last = orNone(priceAt(view, at + LAST_PRICE_AT, ticksPerUnit));
      quote.volume = view.getUint32(at + VOLUME_AT, true) / lot;
      quote.openInterest = view.getUint32(at + FULL_OPEN_INTEREST_AT, true) / lot;
      quote.bid = priceAt(view, at + DEPTH_AT + LEVEL.bid, ticksPerUnit);
      quote.bidSize = view.getUint32(at + DEPTH_AT + LEVEL.bidQuantity, true) / lot;
      quote.ask = orNone(priceAt(view, at + DEPTH_AT + LEVEL.ask, ticksPerUnit));
      quote.askSize = view.getUint32(at + DEPTH_AT + LEVEL.askQuantity, true) / lot;
      // A packet of its own says it; the `close` in this one is of today, after the close.
      quote.previousClose = previousClose;
  }
}

function remember(instrument: KnownInstrument, quote: InstrumentQuote, code: number): void {
  if (code === CODE.previousDay) instrument.previousClose = quote.previousClose;
  else if (code === CODE.full) instrument.isFresh = true;
}

/**
 * The price that a float of 32 bits stands for: it has some seven digits, so that 120.05 arrives as 120.05000305. Divided by
 * an integer number of ticks a unit it is the double nearest to what the venue writes.
 */
const priceAt = (view: DataView, position: number, ticksPerUnit: number): number =>
  Math.round(view.getFloat32(position, true) * ticksPerUnit) / ticksPerUnit;

const orNone = (price: number): number => (price === 0 ? Number.NaN : price);

/** Amounts cannot be wrong, being unsigned. A price that is not a number is none. */
function isUsable({ bid, ask, last, previousClose }: InstrumentQuote): boolean {
  return !(isWrong(bid) || isWrong(ask) || isWrong(last) || isWrong(previousClose));
}

const isWrong = (price: number): boolean => price < 0 || price === Number.POSITIVE_INFINITY;

const reject = (sink: QuoteSink, rejection: Rejection, reason: string): void =>
  sink.rejected(rejection, `Dhan: ${reason}`);

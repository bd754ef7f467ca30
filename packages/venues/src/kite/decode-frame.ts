import type { Rejection } from '@deltastream/recordings/source';
import { clearQuote, createInstrumentQuote, type InstrumentQuote, type QuoteSink } from '../meaning.ts';
import {
  ASKS_AT,
  BIDS_AT,
  CLOSE_AT,
  COUNT_BYTES,
  FULL_BYTES,
  HEARTBEAT_BYTES,
  INDEX_CLOSE_AT,
  INDEX_FULL_BYTES,
  INDEX_QUOTE_BYTES,
  INDEX_TIMESTAMP_AT,
  LAST_PRICE_AT,
  LENGTH_BYTES,
  LEVEL_PRICE_AT,
  LTP_BYTES,
  OPEN_INTEREST_AT,
  PACKET_LENGTHS,
  priceDivisor,
  QUOTE_BYTES,
  TIMESTAMP_AT,
  TOKEN_AT,
  VOLUME_AT,
} from './packet-layout.ts';

export interface FrameDecoder {
  /**
   * Reads a binary frame: a quote for each packet, in its order. A packet that is not understood is rejected and costs itself
   * only; one that its frame breaks off ends the frame. Never throws; allocates one view a frame, nothing a packet.
   *
   * @param given called with the token of each packet in full mode before its quote: what was asked for is given
   */
  decode(frame: Uint8Array, sink: QuoteSink, given?: (token: number) => void): void;
}

/**
 * A decoder with a quote of its own, which it fills for each packet.
 *
 * @param lots units per contract by token, as amounts on the wire are in units; of a token that is not there they are left out
 */
export function createFrameDecoder(lots: ReadonlyMap<number, number>): FrameDecoder {
  const quote = createInstrumentQuote();
  return {
    decode(frame, sink, given) {
      const { byteLength } = frame;
      if (byteLength === HEARTBEAT_BYTES) return;
      if (byteLength < COUNT_BYTES) {
        reject(sink, 'truncated', `a frame of ${byteLength} bytes, expected at least ${HEARTBEAT_BYTES}`);
        return;
      }
      const view = new DataView(frame.buffer, frame.byteOffset, byteLength);
      const packets = view.getUint16(0);
      let at = COUNT_BYTES;
      for (let n = 0; n < packets; n++) {
        const begin = at + LENGTH_BYTES;
        const length = begin <= byteLength ? view.getUint16(at) : 0;
        if (begin + length > byteLength || begin > byteLength) {
          reject(
            sink,
            'truncated',
            `packet ${n + 1} of ${packets} ends behind its frame of ${byteLength} bytes`,
          );
          return;
        }
        at = begin + length;
        if (!isKnownLength(length)) {
          reject(
            sink,
            'bad_value',
            `a packet of ${length} bytes, expected one of ${PACKET_LENGTHS.join(', ')}`,
          );
          continue;
        }
        const token = view.getUint32(begin + TOKEN_AT);
        if (!read(view, begin, length, token, quote, lots)) {
          reject(sink, 'bad_value', `token ${token} has a last price or a previous close below 0`);
          continue;
        }
        if (given !== undefined && (length === FULL_BYTES || length === INDEX_FULL_BYTES)) given(token);
        sink.quote(quote);
      }
      if (at !== byteLength) {
        reject(sink, 'bad_value', `${byteLength - at} bytes behind the last of ${packets} packets`);
      }
    },
  };
}

const reject = (sink: QuoteSink, rejection: Rejection, reason: string): void =>
  sink.rejected(rejection, `Kite: ${reason}`);

const isKnownLength = (length: number): boolean =>
  length === FULL_BYTES ||
  length === QUOTE_BYTES ||
  length === LTP_BYTES ||
  length === INDEX_FULL_BYTES ||
  length === INDEX_QUOTE_BYTES;

/** Fills the quote from one packet; false where a price is below 0. One of 0 says that there is none. */
function read(
  view: DataView,
  begin: number,
  length: number,
  token: number,
  quote: InstrumentQuote,
  lots: ReadonlyMap<number, number>,
): boolean {
  const divisor = priceDivisor(token);
  const last = view.getInt32(begin + LAST_PRICE_AT);
  clearQuote(quote);
  quote.id = token;
  quote.last = priceOf(last, divisor);
  if (last < 0) return false;
  if (length === LTP_BYTES) return true;

  if (length === INDEX_QUOTE_BYTES || length === INDEX_FULL_BYTES) {
    const close = view.getInt32(begin + INDEX_CLOSE_AT);
    quote.previousClose = priceOf(close, divisor);
    if (length === INDEX_FULL_BYTES) {
      quote.complete = true;
      quote.at = instantOf(view.getUint32(begin + INDEX_TIMESTAMP_AT));
    }
    return close >= 0;
  }

  const close = view.getInt32(begin + CLOSE_AT);
  const lot = lots.get(token) ?? Number.NaN;
  quote.previousClose = priceOf(close, divisor);
  quote.volume = view.getUint32(begin + VOLUME_AT) / lot;
  if (length === FULL_BYTES) {
    quote.complete = true;
    quote.at = instantOf(view.getUint32(begin + TIMESTAMP_AT));
    quote.openInterest = view.getUint32(begin + OPEN_INTEREST_AT) / lot;
    quote.bid = view.getUint32(begin + BIDS_AT + LEVEL_PRICE_AT) / divisor;
    quote.bidSize = view.getUint32(begin + BIDS_AT) / lot;
    quote.ask = priceOf(view.getUint32(begin + ASKS_AT + LEVEL_PRICE_AT), divisor);
    quote.askSize = view.getUint32(begin + ASKS_AT) / lot;
  }
  return close >= 0;
}

const priceOf = (wire: number, divisor: number): number => (wire === 0 ? Number.NaN : wire / divisor);

/** Epoch ms of epoch seconds; 0 stands for an instrument that has none. */
const instantOf = (seconds: number): number => (seconds === 0 ? Number.NaN : seconds * 1000);

import type { InstrumentQuote } from '../../meaning.ts';
import {
  ASKS_AT,
  AVERAGE_PRICE_AT,
  BIDS_AT,
  BUY_QUANTITY_AT,
  CLOSE_AT,
  COUNT_BYTES,
  FULL_BYTES,
  HIGH_AT,
  INDEX_CHANGE_AT,
  INDEX_CLOSE_AT,
  INDEX_FULL_BYTES,
  INDEX_HIGH_AT,
  INDEX_LOW_AT,
  INDEX_OPEN_AT,
  INDEX_QUOTE_BYTES,
  INDEX_TIMESTAMP_AT,
  INDICES,
  LAST_PRICE_AT,
  LAST_TRADE_TIME_AT,
  LENGTH_BYTES,
  LEVEL_ORDERS_AT,
  LEVEL_PRICE_AT,
  LOW_AT,
  LTP_BYTES,
  OPEN_AT,
  OPEN_INTEREST_AT,
  OPEN_INTEREST_HIGH_AT,
  OPEN_INTEREST_LOW_AT,
  priceDivisor,
  QUOTE_BYTES,
  SELL_QUANTITY_AT,
  segmentOf,
  TIMESTAMP_AT,
  TOKEN_AT,
  VOLUME_AT,
} from '../packet-layout.ts';

export const MODES = ['ltp', 'quote', 'full'] as const;
export type Mode = (typeof MODES)[number];

/** One packet of a frame: a quote in contracts, the lot that makes units of them, and how much of it is wanted. */
export interface PacketSource {
  readonly quote: InstrumentQuote;
  readonly lot: number;
  readonly mode: Mode;
}

/** The frame of a heartbeat. */
export const HEARTBEAT = new Uint8Array(1);

/**
 * A binary frame as Kite sends it. Highs, lows and averages, which a quote does not have, are the last price; of the depth only
 * the best level is there. What is not given is 0.
 */
export function encodeFrame(packets: readonly PacketSource[]): Uint8Array {
  const bytes = packets.reduce((sum, packet) => sum + LENGTH_BYTES + lengthOf(packet), COUNT_BYTES);
  const frame = new Uint8Array(bytes);
  const view = new DataView(frame.buffer);
  view.setUint16(0, packets.length);
  let at = COUNT_BYTES;
  for (const packet of packets) {
    const length = lengthOf(packet);
    view.setUint16(at, length);
    write(view, at + LENGTH_BYTES, length, packet);
    at += LENGTH_BYTES + length;
  }
  return frame;
}

function lengthOf({ quote, mode }: PacketSource): number {
  if (mode === 'ltp') return LTP_BYTES;
  const isIndex = segmentOf(quote.id as number) === INDICES;
  if (mode === 'quote') return isIndex ? INDEX_QUOTE_BYTES : QUOTE_BYTES;
  return isIndex ? INDEX_FULL_BYTES : FULL_BYTES;
}

function write(view: DataView, begin: number, length: number, { quote, lot }: PacketSource): void {
  const token = quote.id as number;
  const divisor = priceDivisor(token);
  const price = (value: number) => (Number.isNaN(value) ? 0 : Math.round(value * divisor));
  const units = (contracts: number) => (Number.isNaN(contracts) ? 0 : Math.round(contracts * lot));
  const set = (at: number, value: number) => view.setUint32(begin + at, value);
  const seconds = Number.isNaN(quote.at) ? 0 : Math.floor(quote.at / 1000);
  const last = price(quote.last);
  const close = price(quote.previousClose);

  set(TOKEN_AT, token);
  set(LAST_PRICE_AT, last);
  if (length === LTP_BYTES) return;
  if (length === INDEX_QUOTE_BYTES || length === INDEX_FULL_BYTES) {
    for (const at of [INDEX_HIGH_AT, INDEX_LOW_AT, INDEX_OPEN_AT]) set(at, last);
    set(INDEX_CLOSE_AT, close);
    view.setInt32(begin + INDEX_CHANGE_AT, close === 0 ? 0 : last - close);
    if (length === INDEX_FULL_BYTES) set(INDEX_TIMESTAMP_AT, seconds);
    return;
  }
  for (const at of [AVERAGE_PRICE_AT, OPEN_AT, HIGH_AT, LOW_AT]) set(at, last);
  set(VOLUME_AT, units(quote.volume));
  set(BUY_QUANTITY_AT, units(quote.bidSize));
  set(SELL_QUANTITY_AT, units(quote.askSize));
  set(CLOSE_AT, close);
  if (length === QUOTE_BYTES) return;
  set(LAST_TRADE_TIME_AT, seconds);
  for (const at of [OPEN_INTEREST_AT, OPEN_INTEREST_HIGH_AT, OPEN_INTEREST_LOW_AT])
    set(at, units(quote.openInterest));
  set(TIMESTAMP_AT, seconds);
  level(BIDS_AT, quote.bidSize, quote.bid);
  level(ASKS_AT, quote.askSize, quote.ask);

  function level(at: number, size: number, atPrice: number): void {
    const wire = price(atPrice);
    set(at, units(size));
    set(at + LEVEL_PRICE_AT, wire);
    view.setUint16(begin + at + LEVEL_ORDERS_AT, wire === 0 ? 0 : 1);
  }
}

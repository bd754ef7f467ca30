/**
 * The binary frames of Kite's ticker, big-endian: a count of packets, then each packet behind its length. A frame of one byte
 * is a heartbeat. Source: kite.trade/docs/connect/v3/websocket and the official client kiteconnectjs.
 */

export const COUNT_BYTES = 2; // how many packets
export const LENGTH_BYTES = 2; // before each packet
export const HEARTBEAT_BYTES = 1; // a frame of its own

/** A packet is told by its length. */
export const LTP_BYTES = 8; // token and last price
export const INDEX_QUOTE_BYTES = 28; // the day's prices of an index: no amounts, no depth
export const INDEX_FULL_BYTES = 32; // and the time
export const QUOTE_BYTES = 44; // the day's prices and amounts of what is traded
export const FULL_BYTES = 184; // and open interest, times, depth
export const PACKET_LENGTHS = [
  LTP_BYTES,
  INDEX_QUOTE_BYTES,
  INDEX_FULL_BYTES,
  QUOTE_BYTES,
  FULL_BYTES,
] as const;

/** Of every packet. */
export const TOKEN_AT = 0;
export const LAST_PRICE_AT = 4;

export const INDEX_HIGH_AT = 8;
export const INDEX_LOW_AT = 12;
export const INDEX_OPEN_AT = 16;
export const INDEX_CLOSE_AT = 20;
export const INDEX_CHANGE_AT = 24;
/** In packets of `INDEX_FULL_BYTES` only. */
export const INDEX_TIMESTAMP_AT = 28;

/** Of what is traded; the quantity of the last trade stands before them. */
export const AVERAGE_PRICE_AT = 12;
export const VOLUME_AT = 16;
export const BUY_QUANTITY_AT = 20;
export const SELL_QUANTITY_AT = 24;
export const OPEN_AT = 28;
export const HIGH_AT = 32;
export const LOW_AT = 36;
/** Of the session before, as in `INDEX_CLOSE_AT`. */
export const CLOSE_AT = 40;
/** From here on in packets of `FULL_BYTES` only. Times are epoch seconds. */
export const LAST_TRADE_TIME_AT = 44;
export const OPEN_INTEREST_AT = 48;
export const OPEN_INTEREST_HIGH_AT = 52;
export const OPEN_INTEREST_LOW_AT = 56;
export const TIMESTAMP_AT = 60;
/** Five levels of buyers, the best first, then five of sellers: quantity u32, price u32, orders u16, two bytes unused. */
export const BIDS_AT = 64;
export const ASKS_AT = 124;
export const LEVEL_PRICE_AT = 4;
export const LEVEL_ORDERS_AT = 8;

/** The lowest byte of a token. Others: 1 NSE, 2 NFO, 4 BSE, 5 BFO, 7 MCX, 8 MCX-SX. */
const NSE_CURRENCY = 3;
const BSE_CURRENCY = 6;
export const INDICES = 9;

export const segmentOf = (token: number): number => token & 0xff;

/** What a price on the wire is divided by: it is in paise, but for currencies. */
export function priceDivisor(token: number): number {
  const segment = segmentOf(token);
  if (segment === NSE_CURRENCY) return 10_000_000;
  return segment === BSE_CURRENCY ? 10_000 : 100;
}

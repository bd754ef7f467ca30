/** Packets of Dhan's live market feed, version 2: little-endian, positions in bytes from the beginning of a packet. */

/** What a packet is, its first byte. */
export const CODE = {
  ticker: 2,
  quote: 4,
  openInterest: 5,
  previousDay: 6,
  marketStatus: 7,
  full: 8,
  disconnect: 50,
} as const;

/** Bytes of a packet by its code, its header included. */
export const PACKET_BYTES: ReadonlyMap<number, number> = new Map<number, number>([
  [CODE.ticker, 16],
  [CODE.quote, 50],
  [CODE.openInterest, 12],
  [CODE.previousDay, 16],
  [CODE.marketStatus, 8],
  [CODE.full, 162],
  [CODE.disconnect, 10],
]);

/** u8 code, u16 length of the packet, u8 segment, u32 security id. */
export const HEADER_BYTES = 8;
export const LENGTH_AT = 1; // Where the length of a packet stands.
export const SEGMENT_AT = 3;
export const SECURITY_AT = 4;

/** f32, of ticker, quote and full. */
export const LAST_PRICE_AT = 8;
/** u32 epoch seconds, of a ticker. */
export const TICKER_TIME_AT = 12;
/** u32 epoch seconds of the last trade, of quote and full; behind its quantity, u16, and before the average price, f32. */
export const LAST_TIME_AT = 14;
/** u32, of quote and full. */
export const VOLUME_AT = 22;
/** u32, of an open-interest packet and of a full one. */
export const OPEN_INTEREST_AT = 8;
export const FULL_OPEN_INTEREST_AT = 34;
/** f32, of a packet of the previous day; then its open interest, u32. */
export const PREVIOUS_CLOSE_AT = 8;
/** Five levels of u32 bid quantity, u32 ask quantity, u16 bid orders, u16 ask orders, f32 bid, f32 ask; the best first. */
export const DEPTH_AT = 62;
/** In a level. */
export const LEVEL = { bidQuantity: 0, askQuantity: 4, bid: 12, ask: 16 } as const;
/** u16, of a disconnection. */
export const REASON_AT = 8;

/** Why a connection is ended, and what can be done. */
export const DISCONNECT_REASONS: ReadonlyMap<number, string> = new Map([
  [805, 'more than 5 connections of this client: end another one'],
  [806, 'the client has no subscription of Data APIs: take one at Dhan'],
  [807, 'the access token is expired: put a new one in its place'],
  [808, 'the client id is not valid: correct it'],
  [809, 'the access token is not accepted: put a valid one in its place'],
]);

/**
 * Fields of Upstox's messages as tags of protobuf (number * 8 + wire type), for the reader and the simulator's writer. The
 * schema entirely is market-data-feed-v3.proto.
 */

const varint = (field: number): number => field * 8;
const double = (field: number): number => field * 8 + 1;
const bytes = (field: number): number => field * 8 + 2;

export const RESPONSE = {
  type: varint(1),
  feeds: bytes(2),
  currentTs: varint(3),
  marketInfo: bytes(4),
} as const;
/** An entry of a map whose values are messages, and of one whose values are enumerators. */
export const ENTRY = { key: bytes(1), message: bytes(2), enumerator: varint(2) } as const;
export const FEED = {
  ltpc: bytes(1),
  fullFeed: bytes(2),
  firstLevel: bytes(3),
  requestMode: varint(4),
} as const;
export const FULL = { market: bytes(1), index: bytes(2) } as const;
export const MARKET_FULL = { ltpc: bytes(1), marketLevel: bytes(2), vtt: varint(6), oi: double(7) } as const;
export const INDEX_FULL = { ltpc: bytes(1) } as const;
export const FIRST_LEVEL = { ltpc: bytes(1), firstDepth: bytes(2), vtt: varint(4), oi: double(5) } as const;
export const LTPC = { ltp: double(1), ltt: varint(2), ltq: varint(3), cp: double(4) } as const;
export const MARKET_LEVEL = { quote: bytes(1) } as const;
export const QUOTE = { bidQ: varint(1), bidP: double(2), askQ: varint(3), askP: double(4) } as const;
export const MARKET_INFO = { segmentStatus: bytes(1) } as const;

export const TYPE = { initial_feed: 0, live_feed: 1, market_info: 2 } as const;
export const REQUEST_MODE = { ltpc: 0, full: 1, option_greeks: 2 } as const;
export const MARKET_STATUS = {
  PRE_OPEN_START: 0,
  PRE_OPEN_END: 1,
  NORMAL_OPEN: 2,
  NORMAL_CLOSE: 3,
  CLOSING_START: 4,
  CLOSING_END: 5,
} as const;

/** How much of an instrument is asked for: its last price; the best bid and offer with them; five levels. */
export type Mode = keyof typeof REQUEST_MODE;

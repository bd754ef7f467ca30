export {
  type ChainBookOptions,
  createChainBook,
  type QuoteCounts,
  type Watchdog,
  type WatchedChainBook,
  type WatchTimes,
} from './book/index.ts';
export {
  type ConnectionClock,
  type ConnectionLog,
  type ConnectionReport,
  openWebSocket,
  type VenueReport,
  venueReport,
} from './connection/index.ts';
export type {
  FutureInstrument,
  Instrument,
  InstrumentId,
  InstrumentList,
  OptionInstrument,
  UnderlyingInstrument,
} from './instrument.ts';
export {
  type ChainBook,
  createLiveSource,
  type LiveMarket,
  type LiveSource,
  type LiveSourceSettings,
  type MarketReport,
} from './live-source.ts';
export { createInstrumentQuote, type InstrumentQuote, type QuoteSink, type TradingState } from './meaning.ts';
export {
  CredentialsRefused,
  type DelayedQuotes,
  type Poll,
  PollFailure,
  type Selection,
  type Venue,
} from './venue.ts';
export type {
  WireAddress,
  WireConversation,
  WireEvent,
  WireLimits,
  WireMessage,
  WireProtocol,
  WireTimes,
} from './wire-protocol.ts';

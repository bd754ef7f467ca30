/** How Deribit's names, listings and tickers are read, for what reads them from the venue itself. */
export {
  deribitDate,
  deribitListing,
  deribitName,
  deribitOption,
  priceTickAt,
} from './deribit-instrument.ts';
export { createTickerReader, type OptionTicker, venueTicker } from './ticker-reader.ts';

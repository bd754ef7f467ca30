export { type ChainBookOptions, createChainBook, type WatchedChainBook } from './chain-book.ts';
export type { WatchTimes } from './product-state.ts';
export { createQuoteBook, type QuoteBook, type QuoteBookOptions } from './quote-book.ts';
export type { QuoteCounts } from './quote-counts.ts';
export type { Watchdog } from './watchdogs.ts';

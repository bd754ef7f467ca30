import { rejected } from '../../chains/reading.ts';
import { isTurn, type Page, type PageFormat, type PageReadings } from '../../pages/page-format.ts';
import { isObject, type Json, parseJson } from '../../tables/json-cells.ts';
import { jsonKeys } from '../../tables/mismatch.ts';
import { deribitOption } from './deribit-instrument.ts';
import { createQuoteBook } from './quote-book.ts';
import { createTickerReader, type OptionTicker, venueTicker } from './ticker-reader.ts';

const TIMESTAMP = /"timestamp"\s*:\s*(\d{13})(?!\d)/;

/**
 * Messages of Deribit's WebSocket as they came, one JSON object a line; those of one file in any order, which
 * are read by their time (within the bound of a page). Tickers of options are its quotes: a chain is what is
 * known of an expiry by then, once per second with a change. Other channels and other instruments
 * (perpetuals, combos) are passed over. Premiums of inverse options are in coin and are converted with
 * `underlying_price`, the forward of the same message; those of linear ones (`_USDC`) are not. Volume runs over
 * 24 hours; where the contract size is not known, open interest and volume stay in coin.
 */
export const deribitMessages: PageFormat = {
  name: 'Deribit WebSocket messages, one a line',
  units: 'amounts in contracts; inverse premiums in coin, times the forward',
  matches: (head) => /^\s*\{\s*"jsonrpc"\s*:\s*"2\.0"/.test(head) && head.includes('"method"'),
  nearly: jsonKeys('jsonrpc', 'method', 'params').nearly,
  // Each message has its own; files are put in order by the first one of each.
  timeOf: (_path, head) => Number(TIMESTAMP.exec(head)?.[1] ?? 0),
  reader: () => readMessages,
};

function* readMessages({ text, where }: Page): PageReadings {
  const tickers: OptionTicker[] = [];
  const readTicker = createTickerReader();
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    if (isTurn(i)) yield null;
    if (lines[i] === '') continue;
    try {
      const ticker = tickerOf(parseJson(lines[i]), readTicker);
      if (ticker) tickers.push(ticker);
    } catch (error) {
      yield rejected(error, { ...where, line: i + 1 });
    }
  }
  tickers.sort((a, b) => a.timestamp - b.timestamp);
  const book = createQuoteBook();
  for (let i = 0; i < tickers.length; i++) {
    if (isTurn(i)) yield null;
    yield* book.add(tickers[i]);
  }
  yield* book.rest();
}

/** The ticker of an option; null for any other message. Throws BadCell. */
function tickerOf({ params }: Json, readTicker: ReturnType<typeof createTickerReader>): OptionTicker | null {
  if (!isObject(params) || !String(params.channel).startsWith('ticker.') || !isObject(params.data))
    return null;
  if (deribitOption(String(params.data.instrument_name)) === null) return null;
  return readTicker(venueTicker(params.data));
}

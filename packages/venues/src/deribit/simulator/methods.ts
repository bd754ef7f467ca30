import type { InstrumentQuote } from '../../meaning.ts';
import type { SimulatedMarket } from '../../simulators/simulator.ts';
import { listingCurrency } from '../listed-contracts.ts';
import type { MarketView } from './market-view.ts';
import { instrumentRow, summaryRow, tickerOf, type WireOption } from './wire-values.ts';

/** An error that the venue responds with. */
export class RpcFailure extends Error {
  override readonly name = 'RpcFailure';
  readonly code: number;
  readonly data: object | undefined;

  constructor(code: number, message: string, data?: object) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export const INVALID_PARAMS = -32602;
const METHOD_NOT_FOUND = -32601;

export type Params = Readonly<Record<string, unknown>>;

const invalid = (param: string, reason: string) =>
  new RpcFailure(INVALID_PARAMS, 'Invalid params', { param, reason });

/** The result of a public method that HTTP and WebSocket have in common. Throws RpcFailure. */
export function callMethod(
  method: string,
  params: Params,
  market: SimulatedMarket,
  view: MarketView,
): unknown {
  const found = METHODS[method];
  if (!Object.hasOwn(METHODS, method)) throw new RpcFailure(METHOD_NOT_FOUND, 'Method not found');
  return found(params, market, view);
}

const METHODS: Readonly<
  Record<string, (params: Params, market: SimulatedMarket, view: MarketView) => unknown>
> = {
  'public/test': () => ({ version: '1.2.26' }),
  'public/get_time': () => Date.now(),
  'public/status': () => ({ locked: false, locked_indices: [] }),

  'public/get_currencies': (_params, _market, view) =>
    [...new Set(view.options('any').map(({ listing }) => listingCurrency(listing.symbol)))].map(
      (currency) => ({
        currency,
        currency_long: currency,
      }),
    ),

  'public/get_instruments': (params, _market, view) =>
    isExpired(params) || !isOptionKind(params)
      ? []
      : view.options(currencyOf(params, true)).map(instrumentRow),

  'public/get_book_summary_by_currency': (params, market, view) =>
    isOptionKind(params)
      ? quoted(view.options(currencyOf(params, false)), market).map(([option, quote]) =>
          summaryRow(option, quote),
        )
      : [],

  'public/get_index_price': ({ index_name: name }, market) => {
    const price = market.quoteOf(String(name))?.last ?? Number.NaN;
    if (Number.isNaN(price)) throw invalid('index_name', 'unknown index');
    return { index_price: price, estimated_delivery_price: price };
  },

  'public/ticker': (params, market, view) => tickerOf(...quotedOption(params, market, view)),

  'public/get_order_book': (params, market, view) => {
    const ticker = tickerOf(...quotedOption(params, market, view));
    const level = (price: unknown, amount: unknown) => (Number(price) > 0 ? [[price, amount]] : []);
    return {
      ...ticker,
      change_id: ticker.timestamp,
      bids: level(ticker.best_bid_price, ticker.best_bid_amount),
      asks: level(ticker.best_ask_price, ticker.best_ask_amount),
    };
  },
};

const isOptionKind = ({ kind }: Params): boolean => kind === undefined || kind === 'option';
const isExpired = ({ expired }: Params): boolean => String(expired) === 'true';

function currencyOf({ currency = 'any' }: Params, anyIsOne: boolean): string {
  if (typeof currency === 'string' && /^[A-Z]+$/.test(currency)) return currency;
  if (anyIsOne && currency === 'any') return currency;
  throw invalid('currency', 'invalid currency');
}

function quoted(options: readonly WireOption[], market: SimulatedMarket): [WireOption, InstrumentQuote][] {
  return options.flatMap((option) => {
    const quote = market.quoteOf(option.id);
    return quote ? [[option, quote] satisfies [WireOption, InstrumentQuote]] : [];
  });
}

function quotedOption(
  { instrument_name: name }: Params,
  market: SimulatedMarket,
  view: MarketView,
): [WireOption, InstrumentQuote] {
  const option = view.option(String(name));
  const quote = option && market.quoteOf(option.id);
  if (option && quote) return [option, quote];
  throw invalid('instrument_name', 'instrument not found');
}

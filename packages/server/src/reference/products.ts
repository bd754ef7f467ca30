import type { Exchange } from './exchanges.ts';

/** What is fixed about a product. */
export interface ProductInfo {
  readonly symbol: string;
  readonly name: string;
  readonly exchange: Exchange;
  /** Currency of strikes, of the underlying and of premiums as this platform shows them. */
  readonly currency: string;
  /** Smallest step of a premium, in `premiumUnit`. */
  readonly priceTick: number;
  /** `coin`: the venue quotes premiums in the underlying (inverse options), not in `currency`. */
  readonly premiumUnit: 'currency' | 'coin';
  /** Usual distance of neighbouring strikes near the money, in `currency`. */
  readonly strikeStep: number;
}

const PRODUCTS: readonly ProductInfo[] = [
  product('NIFTY', 'Nifty 50', 'NSE', 'INR', 0.05, 50),
  product('BANKNIFTY', 'Nifty Bank', 'NSE', 'INR', 0.05, 100),
  product('FINNIFTY', 'Nifty Financial Services', 'NSE', 'INR', 0.05, 50),
  product('MIDCPNIFTY', 'Nifty Midcap Select', 'NSE', 'INR', 0.05, 25),
  product('NIFTYNXT50', 'Nifty Next 50', 'NSE', 'INR', 0.05, 100),
  product('SENSEX', 'BSE Sensex', 'BSE', 'INR', 0.05, 100),
  product('AAPL', 'Apple Inc.', 'US', 'USD', 0.01, 2.5),
  product('SPY', 'SPDR S&P 500 ETF Trust', 'US', 'USD', 0.01, 1),
  inverse('BTC', 'Bitcoin', 1000),
  inverse('ETH', 'Ether', 50),
];

const BY_SYMBOL = new Map(PRODUCTS.map((info) => [info.symbol, info]));

/** What is known about a product; null when the symbol is not known. */
export function productInfo(symbol: string): ProductInfo | null {
  return BY_SYMBOL.get(symbol) ?? null;
}

/** Every known symbol, in the order in which products are presented. */
export function knownProducts(): string[] {
  return PRODUCTS.map((info) => info.symbol);
}

function product(
  symbol: string,
  name: string,
  exchange: Exchange,
  currency: string,
  priceTick: number,
  strikeStep: number,
): ProductInfo {
  return { symbol, name, exchange, currency, priceTick, premiumUnit: 'currency', strikeStep };
}

function inverse(symbol: string, name: string, strikeStep: number): ProductInfo {
  return {
    symbol,
    name,
    exchange: 'DERIBIT',
    currency: 'USD',
    priceTick: 0.0001,
    premiumUnit: 'coin',
    strikeStep,
  };
}

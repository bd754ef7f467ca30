import { EXCHANGE_HOURS, type Exchange, expiryInstant, localInstant } from './exchanges.ts';

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
  /** `open`: contracts settle at the opening of their expiry date (AM settlement), not at its close. */
  readonly settlement: 'open' | 'close';
}

const PRODUCTS: readonly ProductInfo[] = [
  product('NIFTY', 'Nifty 50', 'NSE', 'INR', 0.05, 50),
  product('BANKNIFTY', 'Nifty Bank', 'NSE', 'INR', 0.05, 100),
  product('FINNIFTY', 'Nifty Financial Services', 'NSE', 'INR', 0.05, 50),
  product('MIDCPNIFTY', 'Nifty Midcap Select', 'NSE', 'INR', 0.05, 25),
  product('NIFTYNXT50', 'Nifty Next 50', 'NSE', 'INR', 0.05, 100),
  product('SENSEX', 'BSE Sensex', 'BSE', 'INR', 0.05, 100),
  product('AAPL', 'Apple Inc.', 'US', 'USD', 0.01, 2.5),
  product('GOOG', 'Alphabet Inc. class C', 'US', 'USD', 0.01, 5),
  product('SPY', 'SPDR S&P 500 ETF Trust', 'US', 'USD', 0.01, 1),
  { ...product('SPX', 'S&P 500 index, AM-settled', 'US', 'USD', 0.05, 5), settlement: 'open' },
  product('SPXW', 'S&P 500 index, PM-settled', 'US', 'USD', 0.05, 5),
  inverse('BTC', 'Bitcoin', 1000),
  inverse('ETH', 'Ether', 50),
];

const BY_SYMBOL = new Map(PRODUCTS.map((info) => [info.symbol, info]));

/** What is known about a product; null when the symbol is not known. */
export function productInfo(symbol: string): ProductInfo | null {
  return BY_SYMBOL.get(symbol) ?? null;
}

/**
 * Instant at which a product's contracts of an expiry date cease: where they settle at the opening, that of
 * the session. NaN when `expiry` is not a date.
 */
export function contractExpiry({ exchange, settlement }: Listing, expiry: string): number {
  if (settlement === 'open') return localInstant(exchange, expiry, EXCHANGE_HOURS[exchange].sessionOpen);
  return expiryInstant(exchange, expiry);
}

/** What a chain has to say of its product. */
export interface Listing extends Pick<ProductInfo, 'symbol' | 'exchange' | 'currency' | 'settlement'> {
  /** Null when it is not known. */
  readonly priceTick: number | null;
}

/** A product as listed on an exchange that a recording names: what is known of it, else what the exchange has in common. */
export function listedOn(exchange: Exchange, symbol: string): Listing {
  const info = productInfo(symbol);
  if (info?.exchange === exchange) return info;
  const currency = exchange === 'NSE' || exchange === 'BSE' ? 'INR' : 'USD';
  return { symbol, exchange, currency, settlement: 'close', priceTick: null };
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
  return {
    symbol,
    name,
    exchange,
    currency,
    priceTick,
    premiumUnit: 'currency',
    strikeStep,
    settlement: 'close',
  };
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
    settlement: 'close',
  };
}

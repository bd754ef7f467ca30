import { expiriesInUse } from '@deltastream/contracts';
import { expiriesSeenBy } from '../../../kit/chains/expiries-seen-by.ts';
import { noChain } from '../../../kit/chains/missing-chain.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { MarketReader, StoredExpiry, StoredProduct } from '../../../ports/stores/market/market-store.ts';
import type { StorageSettings } from '../settings.ts';

/** Which products and expiries are stored, remembered for a moment. */
export interface Catalogue {
  products(): Promise<StoredProduct[]>;
  /** Rejects with `unknown_product`. */
  product(symbol: string): Promise<StoredProduct>;
  /** Ascending; empty when only prices are stored. Rejects with `unknown_product`. */
  expiries(symbol: string): Promise<StoredExpiry[]>;
  /** The one asked for. Rejects with `unknown_expiry`, and as `expiries`. */
  expiry(symbol: string, expiry: string): Promise<StoredExpiry>;
  /**
   * The one that is meant where none is asked for: the first in use, now or at an instant. Rejects with `no_data`, and as
   * `expiries`.
   */
  chosen(symbol: string, atMs: number | null): Promise<StoredExpiry>;
  /** One or the other. */
  asked(symbol: string, expiry: string | undefined, atMs: number | null): Promise<StoredExpiry>;
  /** Something of the product was written. */
  written(symbol: string): void;
}

interface Remembered<T> {
  readonly until: number;
  readonly value: Promise<T>;
}

/** Only products that are stored are remembered, so made-up names cannot fill the memory. */
export function createCatalogue(
  store: MarketReader,
  clock: Clock,
  { catalogueTtlMs: ttlMs, maxExpiryLagMs }: Pick<StorageSettings, 'catalogueTtlMs' | 'maxExpiryLagMs'>,
): Catalogue {
  let products: Remembered<StoredProduct[]> | null = null;
  const expiries = new Map<string, Remembered<StoredExpiry[]>>();
  const remember = <T>(value: Promise<T>): Remembered<T> => ({ until: clock.monotonicMs() + ttlMs, value });
  const fresh = <T>(held: Remembered<T> | null | undefined): held is Remembered<T> =>
    held !== null && held !== undefined && clock.monotonicMs() < held.until;

  const listProducts = (): Promise<StoredProduct[]> => {
    if (!fresh(products)) {
      const read = remember(store.products());
      products = read;
      read.value.catch(() => {
        if (products === read) products = null;
      });
    }
    return products.value;
  };
  const findProduct = async (symbol: string): Promise<StoredProduct> => {
    const found = (await listProducts()).find(({ product }) => product === symbol);
    if (found) return found;
    throw new DeltaStreamError('unknown_product', `there is no product ${symbol}`);
  };
  const listExpiries = async (symbol: string): Promise<StoredExpiry[]> => {
    const held = expiries.get(symbol);
    if (fresh(held)) return held.value;
    const read = remember(store.expiries(symbol));
    expiries.set(symbol, read);
    const forget = () => {
      if (expiries.get(symbol) === read) expiries.delete(symbol);
    };
    const found = await read.value.catch((error) => {
      forget();
      throw error;
    });
    if (found.length === 0) {
      forget();
      await findProduct(symbol);
    }
    return found;
  };

  const findExpiry = async (symbol: string, expiry: string): Promise<StoredExpiry> => {
    const known = await listExpiries(symbol);
    const found = known.find((each) => each.expiry === expiry);
    if (found) return found;
    const list = known.map((each) => each.expiry).join(', ') || 'none';
    throw new DeltaStreamError('unknown_expiry', `${symbol} has no expiry ${expiry}; stored are: ${list}`);
  };
  const chooseExpiry = async (symbol: string, atMs: number | null): Promise<StoredExpiry> => {
    const stored = await listExpiries(symbol);
    const known = atMs === null ? stored : await expiriesSeenBy(store, symbol, stored, atMs);
    if (known.length === 0) throw noChain(symbol, atMs);
    return expiriesInUse(known, maxExpiryLagMs).current[0];
  };

  return {
    products: listProducts,
    product: findProduct,
    expiries: listExpiries,
    expiry: findExpiry,
    chosen: chooseExpiry,
    asked: (symbol, expiry, atMs) =>
      expiry === undefined ? chooseExpiry(symbol, atMs) : findExpiry(symbol, expiry),
    written(symbol) {
      expiries.delete(symbol);
      products = null;
    },
  };
}

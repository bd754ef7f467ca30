import { type Listing, listedOn, productInfo, type Settlement, settlementOf } from '@deltastream/reference';

export type IndianExchange = 'NSE' | 'BSE';

/** Where a product's options are listed; a stock is taken from the NSE. Throws for one that no Indian exchange lists. */
export function indianExchange(product: string, venue: string): IndianExchange {
  const exchange = productInfo(product)?.exchange ?? 'NSE';
  if (exchange === 'NSE' || exchange === 'BSE') return exchange;
  throw new Error(
    `${product} is listed on ${exchange}, and ${venue} has options of the NSE and the BSE only`,
  );
}

/**
 * Listings of contracts by the tick that a list gives, in rupees; NaN: what is known of the product. One object serves all
 * contracts of a product that have the same tick.
 */
export function createListings(): (exchange: IndianExchange, product: string, tick: number) => Listing {
  const made = new Map<string, Listing>();
  return (exchange, product, tick) => {
    const key = `${product} ${tick}`;
    const known = made.get(key);
    if (known) return known;
    const listing = listedOn(exchange, product);
    const listed = tick > 0 ? { ...listing, priceTick: tick } : listing;
    made.set(key, listed);
    return listed;
  };
}

/** A tick as Indian brokers list it, in paise; older lists give rupees, and no tick of an option is as large as one. */
export const tickInRupees = (tick: number): number => (tick >= 1 ? tick / 100 : tick);

/** How options settle that a list says are on an index or on a stock, whether or not reference data knows the product. */
export const indianSettlement = (
  exchange: IndianExchange,
  kind: 'index' | 'equity',
  expiry: string,
): Settlement | undefined => settlementOf({ exchange, kind }, expiry) ?? undefined;

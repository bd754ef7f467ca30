import { browserStorage } from '../../platform/browser-storage.ts';

const KEY = 'deltastream.products';
const MOST = 8; // What fits above the list of all products without scrolling.

/** Products that were chosen in this browser, the last one first. */
export const recentProducts = (): readonly string[] => readRecent(browserStorage.getItem(KEY));

export function rememberProduct(product: string): void {
  browserStorage.setItem(KEY, JSON.stringify(withRecent(recentProducts(), product)));
}

/** Out of JSON that anybody may have written: what is not a list of names is none. */
export function readRecent(json: string | null): readonly string[] {
  try {
    const stored: unknown = json === null ? [] : JSON.parse(json);
    return Array.isArray(stored)
      ? stored.filter((name): name is string => typeof name === 'string').slice(0, MOST)
      : [];
  } catch {
    return [];
  }
}

export const withRecent = (recent: readonly string[], product: string): readonly string[] =>
  [product, ...recent.filter((each) => each !== product)].slice(0, MOST);

/** What a product is found by. */
export interface Named {
  readonly product: string;
  readonly name: string;
}

/**
 * The products that `typed` may mean: symbols that begin with it, then those of which symbol or name contain it; each
 * part with the recent ones first. Nothing typed lists all.
 */
export function findProducts<P extends Named>(
  products: readonly P[],
  typed: string,
  recent: readonly string[],
): readonly P[] {
  const sought = typed.trim().toLowerCase();
  const rank = ({ product, name }: P): number => {
    if (product.toLowerCase().startsWith(sought)) return 0;
    return `${product} ${name}`.toLowerCase().includes(sought) ? 1 : Number.POSITIVE_INFINITY;
  };
  const age = ({ product }: P): number => {
    const at = recent.indexOf(product);
    return at < 0 ? MOST : at;
  };
  return products
    .filter((each) => rank(each) < Number.POSITIVE_INFINITY)
    .toSorted((a, b) => rank(a) - rank(b) || age(a) - age(b));
}

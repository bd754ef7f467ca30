import type { Address } from '../address/address.ts';

/** What an address names that there is not; the page says so, and shows nothing else under its name. */
export type NotHere =
  | { readonly kind: 'product'; readonly product: string }
  | {
      readonly kind: 'expiry';
      readonly product: string;
      readonly expiry: string;
      /** Its last snapshot where it is stored, but not listed at the instant shown; ISO-8601. */
      readonly last: string | null;
    };

/** What is not here, and why, as the two parts of a sentence; `at` is the instant shown, null live. */
export function notHereText(
  missing: NotHere,
  at: string | null,
  { instant }: { instant(iso: string): string },
): { readonly what: string; readonly why: string } {
  if (missing.kind === 'product') {
    const why = 'is not here: no data of it is stored, and none comes. It appears when its first data does.';
    return { what: missing.product, why };
  }
  const { product, expiry, last } = missing;
  const why =
    last === null
      ? 'is not here: no chain of that expiry is stored.'
      : `is not listed ${at === null ? 'any more' : `at ${instant(at)}`}.`;
  return { what: `${product} ${expiry}`, why };
}

interface ListedExpiry {
  readonly expiry: string;
  readonly expiry_at: string;
  readonly first_timestamp: string;
  readonly last_timestamp: string;
}

interface Known<E extends ListedExpiry> {
  /** Symbols with stored data; empty before they are known, or while there are none. */
  readonly products: readonly string[];
  /** Symbols that have a price and may not be stored yet. */
  readonly traded: ReadonlySet<string>;
  /** Every stored expiry of the product that is shown; empty before they are known. */
  readonly stored: readonly E[];
  /** Those of them that are listed at the instant shown. */
  readonly listed: readonly E[];
}

/** Null while all that the address names is there, or it is not known yet. */
export function notHere<E extends ListedExpiry>(
  { product, expiry }: Address,
  shown: string | null,
  { products, traded, stored, listed }: Known<E>,
): NotHere | null {
  if (product !== null && products.length > 0 && !products.includes(product) && !traded.has(product))
    return { kind: 'product', product };
  if (expiry === null || shown === null || stored.length === 0) return null;
  if (listed.some((each) => each.expiry === expiry)) return null;
  const last = stored.find((each) => each.expiry === expiry)?.last_timestamp ?? null;
  return { kind: 'expiry', product: shown, expiry, last };
}

/** A chosen expiry that did not go along to an instant at which it is not listed. */
export interface Left {
  readonly product: string;
  readonly expiry: string;
}

/** Whether another expiry is shown in its place: no other was chosen since, and it is not listed again. */
export const isMissed = (
  left: Left,
  { expiry }: Pick<Address, 'expiry'>,
  shown: string | null,
  listed: readonly Pick<ListedExpiry, 'expiry'>[],
): boolean =>
  expiry === null && left.product === shown && !listed.some((each) => each.expiry === left.expiry);

/**
 * Expiries with a chain at or before the instant that were not over; live (null), those that are not over now. All
 * where none was open, such as after the end of a recording.
 */
export function listedAt<E extends ListedExpiry>(expiries: readonly E[], at: string | null): readonly E[] {
  if (expiries.length === 0) return expiries;
  const latest = Math.max(...expiries.map((each) => Date.parse(each.last_timestamp)));
  const instant = at === null ? latest : Date.parse(at);
  const open = expiries.filter(
    (each) => Date.parse(each.expiry_at) >= instant && Date.parse(each.first_timestamp) <= instant,
  );
  return open.length > 0 ? open : expiries;
}

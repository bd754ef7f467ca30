import { type ExpiryDoubt, exchangeDate, expiryDoubt } from '@deltastream/reference';
import type { InstrumentList } from '../../instrument.ts';

/** Expiries of a product's options that the reference data does not expect, for one reason. */
interface UnexpectedExpiries {
  readonly product: string;
  readonly flag: ExpiryDoubt;
  /** 'YYYY-MM-DD', ascending. */
  readonly expiries: readonly string[];
}

/**
 * What a venue lists and the calendars and rules do not say: an expiry on a day without a session, or on one that no rule makes
 * an expiry. It is followed as it is listed. Beyond the calendars nothing is expected, so that nothing is unexpected.
 */
export function unexpectedExpiries({ asOf, instruments }: InstrumentList): UnexpectedExpiries[] {
  const looked = new Set<string>();
  const found = new Map<string, { product: string; flag: ExpiryDoubt; expiries: string[] }>();
  for (const each of instruments) {
    if (each.kind !== 'option') continue;
    const { listing, expiry } = each;
    const key = `${listing.symbol} ${expiry}`;
    if (looked.has(key)) continue;
    looked.add(key);
    const flag = expiryDoubt(listing, expiry, exchangeDate(listing.exchange, asOf));
    if (flag === null || flag === 'calendar_unknown') continue;
    const group = `${listing.symbol} ${flag}`;
    const entry = found.get(group) ?? { product: listing.symbol, flag, expiries: [] };
    entry.expiries.push(expiry);
    found.set(group, entry);
  }
  return [...found.values()].map((entry) => ({ ...entry, expiries: entry.expiries.sort() }));
}

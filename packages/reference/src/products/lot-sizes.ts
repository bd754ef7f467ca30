import { facts, productInfo } from '../facts.ts';
import type { Exchange, LotEntry } from '../schema.ts';
import { exchangeDate } from '../sessions/exchanges.ts';

/**
 * Units per contract of the contracts that expire on a date 'YYYY-MM-DD', as they were at an instant; null when
 * the lot of that symbol and time is not known. Exchanges revise lots by expiry; contracts that are listed
 * already keep theirs until a day that the revision names (`traded_until`), and without an instant the lot is
 * the one they end with. What is known of some expiries only (`expiries_until`) says nothing of later ones.
 *
 * @param exchange where it is listed: a namesake elsewhere has other lots; that of the product by default
 */
export function lotSize(product: string, expiry: string, atMs?: number, exchange?: Exchange): number | null {
  const { lots } = facts().data;
  const entries = Object.hasOwn(lots, product) ? lots[product] : [];
  const home = productInfo(product)?.exchange;
  let found: LotEntry | null = null;
  for (const entry of entries) {
    const venue = entry.exchange ?? home;
    if (exchange !== undefined && venue !== undefined && venue !== exchange) continue;
    if (entry.expiries_from > expiry || (entry.expiries_until ?? expiry) < expiry) continue;
    const listedOn = exchange ?? venue;
    if (!isHeld(entry, atMs === undefined || !listedOn ? null : exchangeDate(listedOn, atMs))) continue;
    if (!found || isNearer(entry, found)) found = entry;
  }
  return found?.lot ?? null;
}

const isHeld = ({ traded_until: until }: LotEntry, traded: string | null): boolean =>
  until === undefined || (traded !== null && traded <= until);

/** An entry that ends sooner is of an earlier time; of two that end together, that of the later expiries. */
function isNearer(entry: LotEntry, than: LotEntry): boolean {
  const [end, other] = [entry.traded_until ?? '9999', than.traded_until ?? '9999'];
  return end < other || (end === other && entry.expiries_from >= than.expiries_from);
}

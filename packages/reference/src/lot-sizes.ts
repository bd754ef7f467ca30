import { exchangeDate } from './exchanges.ts';
import { facts } from './facts.ts';
import { productInfo } from './products.ts';
import type { LotEntry } from './schema.ts';

/**
 * Units per contract of the contracts that expire on a date 'YYYY-MM-DD', as they were at an instant; null when
 * the product or the lot of that time is not known. Exchanges revise lots by expiry; contracts that are listed
 * already keep theirs until a day that the revision names (`traded_until`), and without an instant the lot is
 * the one they end with.
 */
export function lotSize(product: string, expiry: string, atMs?: number): number | null {
  const { lots } = facts().data;
  const entries = Object.hasOwn(lots, product) ? lots[product] : [];
  const exchange = productInfo(product)?.exchange;
  const traded = atMs === undefined || !exchange ? null : exchangeDate(exchange, atMs);
  let found: LotEntry | null = null;
  for (const entry of entries) {
    if (entry.expiries_from > expiry || !isHeld(entry, traded)) continue;
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

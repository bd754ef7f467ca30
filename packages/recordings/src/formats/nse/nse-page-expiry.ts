import { type ChainColumns, column, SIDES } from '@deltastream/contracts';
import { type Listing, sessionStart } from '@deltastream/reference';
import { expiryInFolders } from '../../pages/recorded-name.ts';
import type { RecordingOptions } from '../../recording-options.ts';
import { saidExpiry, scheduledExpiry } from './nse-schedule.ts';

/** Finds the expiry of pages that do not name it, given in time order. Throws BadCell where nothing says it. */
export type PageExpiry = (listing: Listing, path: string, timestamp: number, columns: ChainColumns) => string;

/** Pages whose open interest differs by a smaller share than this show the same expiry. */
const SAME_EXPIRY_SHARE = 0.15;

/**
 * The expiry that the folder of a page names, else that of the setting, else the nearest one on the exchange's
 * schedule, of the last trading day. The website moves on overnight, as a rule; a page from before the opening
 * that still has the open interest of the page before it still shows that page's expiry.
 */
export function createPageExpiry(options: RecordingOptions): PageExpiry {
  let previous: { product: string; expiry: string; interest: Interest } | null = null;

  return (listing, path, timestamp, columns) => {
    const { symbol, exchange } = listing;
    const said = saidExpiry(listing, expiryInFolders(path, exchange, timestamp), timestamp, options);
    if (said !== null) return said;
    const scheduled = scheduledExpiry(listing, timestamp, options);
    const interest = interestOf(columns);
    const beforeOpening = timestamp < sessionStart(exchange, timestamp);
    const expiry =
      beforeOpening && previous?.product === symbol && isSame(previous.interest, interest)
        ? previous.expiry
        : scheduled;
    previous = { product: symbol, expiry, interest };
    return expiry;
  };
}

/** Open interest by contract, where there is any. */
type Interest = ReadonlyMap<string, number>;

function interestOf(columns: ChainColumns): Interest {
  const strikes = column(columns, 'strike');
  const interest = new Map<string, number>();
  for (const side of SIDES) {
    const cells = column(columns, `${side}_open_interest`);
    for (let i = 0; i < cells.length; i++) if (cells[i] > 0) interest.set(`${side} ${strikes[i]}`, cells[i]);
  }
  return interest;
}

function isSame(before: Interest, after: Interest): boolean {
  let difference = 0;
  let total = 0;
  for (const contract of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(contract) ?? 0, after.get(contract) ?? 0];
    difference += Math.abs(now - old);
    total += now + old;
  }
  return difference < SAME_EXPIRY_SHARE * total;
}

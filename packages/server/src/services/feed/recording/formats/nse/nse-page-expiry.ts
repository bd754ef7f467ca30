import { type ChainColumns, column, SIDES } from '@deltastream/contracts';
import { type ProductInfo, scheduledExpiries, sessionStart, tradingDate } from '@deltastream/reference';

/** Finds the expiry of pages that do not name it, given in time order. */
export type PageExpiry = (info: ProductInfo, timestamp: number, columns: ChainColumns) => string | null;

/** Pages whose open interest differs by a smaller share than this show the same expiry. */
const SAME_EXPIRY_SHARE = 0.15;

/**
 * The nearest expiry on the exchange's schedule, of the last trading day. The website moves on overnight, as
 * a rule; a page from before the opening that still has the open interest of the page before it still shows
 * that page's expiry. Null when no schedule is known for the time.
 */
export function createPageExpiry(): PageExpiry {
  let previous: { product: string; expiry: string; interest: Interest } | null = null;

  return (info, timestamp, columns) => {
    const { symbol, exchange } = info;
    const [scheduled] = scheduledExpiries(symbol, tradingDate(exchange, timestamp), 1);
    if (!scheduled) return null;
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

import { dateOfDay, dayNumber, weekdayOf } from './calendar-date.ts';
import { type Dated, inForce } from './exchanges.ts';
import { productInfo } from './products.ts';
import { tradingDayUpTo } from './trading-days.ts';

type Weekday = 1 | 2 | 3 | 4 | 5;

/** Which days a product's contracts expire on, holidays apart. */
interface ExpiryRule {
  readonly weekday: Weekday;
  /** Weekly on `weekday`, or only the last one of the month. */
  readonly cycle: 'weekly' | 'monthly';
  /** Dailies listed in front of the weekly ones. */
  readonly dailies: number;
}

const rule = (weekday: Weekday, cycle: ExpiryRule['cycle'], dailies = 0): ExpiryRule => ({
  weekday,
  cycle,
  dailies,
});

const [TUESDAY, THURSDAY, FRIDAY] = [2, 4, 5] as const;

/** In force by the day of asking. NSE moved from Thursday to Tuesday on 1 September 2025. */
const RULES: Readonly<Record<string, readonly Dated<ExpiryRule>[]>> = {
  NIFTY: [
    { from: '2000-06-12', value: rule(THURSDAY, 'monthly') },
    { from: '2019-02-11', value: rule(THURSDAY, 'weekly') },
    { from: '2025-09-01', value: rule(TUESDAY, 'weekly') },
  ],
  BANKNIFTY: [{ from: '2025-09-01', value: rule(TUESDAY, 'monthly') }],
  FINNIFTY: [{ from: '2025-09-01', value: rule(TUESDAY, 'monthly') }],
  MIDCPNIFTY: [{ from: '2025-09-01', value: rule(TUESDAY, 'monthly') }],
  NIFTYNXT50: [{ from: '2025-09-01', value: rule(TUESDAY, 'monthly') }],
  SENSEX: [{ from: '2025-09-01', value: rule(THURSDAY, 'weekly') }],
  AAPL: [{ from: '2010-06-01', value: rule(FRIDAY, 'weekly') }],
  SPY: [{ from: '2010-06-01', value: rule(FRIDAY, 'weekly') }],
  BTC: [{ from: '2019-01-01', value: rule(FRIDAY, 'weekly', 2) }],
  ETH: [{ from: '2019-01-01', value: rule(FRIDAY, 'weekly', 2) }],
};

/**
 * The next `count` expiry dates of a product from a date 'YYYY-MM-DD' on, that date included, earliest
 * first. A rule, not the exchange's list: for generated data, and for recordings that do not name their
 * expiry. Empty when no rule is known for the product at that time.
 */
export function scheduledExpiries(product: string, fromDate: string, count: number): string[] {
  const history = Object.hasOwn(RULES, product) ? RULES[product] : [];
  const inForceNow = inForce(history, fromDate);
  const first = dayNumber(fromDate);
  const exchange = productInfo(product)?.exchange;
  if (!exchange || inForceNow === null || Number.isNaN(first)) return [];
  const expiries: string[] = [];
  for (let day = first; expiries.length < count; day++) {
    if (!fits(inForceNow, day, first)) continue;
    const traded = tradingDayUpTo(exchange, day);
    if (traded >= first) expiries.push(dateOfDay(traded));
  }
  return expiries;
}

function fits({ weekday, cycle, dailies }: ExpiryRule, day: number, first: number): boolean {
  if (day - first < dailies) return true;
  if (weekdayOf(day) !== weekday) return false;
  return cycle === 'weekly' || dateOfDay(day).slice(0, 7) !== dateOfDay(day + 7).slice(0, 7);
}

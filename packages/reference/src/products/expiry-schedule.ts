import { dateOfDay, dayNumber, weekdayOf } from '../dates/calendar-date.ts';
import { inForce } from '../dates/dated.ts';
import { facts, productInfo } from '../facts.ts';
import type { ExpiryRule, Weekday } from '../schema.ts';
import { calendarCovers, tradingDayUpTo } from '../sessions/trading-days.ts';
import type { Listing } from './products.ts';

const NUMBER_OF: Readonly<Record<Weekday, number>> = {
  monday: 1,
  tuesday: 2,
  wednesday: 3,
  thursday: 4,
  friday: 5,
};
export type ExpiryDoubt = 'no_session' | 'not_scheduled' | 'calendar_unknown';

/** A product without an expiry for longer has no schedule. */
const LONGEST_WAIT_DAYS = 70;

/**
 * The next `count` expiry dates of a product from a date 'YYYY-MM-DD' on, that date included, earliest first;
 * one that falls on a holiday is the trading day before it. A rule, not the exchange's list: for generated
 * data, and for recordings that do not name their expiry. Empty when no rule is known for the product at that
 * time. Which rule holds is told by the expiry's own date, as exchanges re-date the contracts that are listed
 * when they change it. Outside the calendar no holiday is known (`calendarIsUnknown`).
 */
export function scheduledExpiries(product: string, fromDate: string, count: number): string[] {
  const found: string[] = [];
  if (count <= 0) return found;
  for (const date of expiryDates(product, fromDate, fits)) if (found.push(date) >= count) break;
  return found;
}

/** As `scheduledExpiries`, the monthly ones alone, for as long as they are asked for. */
export const monthlyExpiries = (product: string, fromDate: string): Generator<string> =>
  expiryDates(product, fromDate, isMonthly);

/** A day may be the expiry of a rule; `first` is the day from which the schedule is asked for. */
type Fits = (rule: ExpiryRule, day: number, first: number) => boolean;

function* expiryDates(product: string, fromDate: string, isExpiry: Fits): Generator<string> {
  const { expiries } = facts().data;
  const history = Object.hasOwn(expiries, product) ? expiries[product] : [];
  const exchange = productInfo(product)?.exchange;
  const first = dayNumber(fromDate);
  if (!exchange || inForce(history, fromDate) === null || Number.isNaN(first)) return;
  let latest = first;
  let found = Number.NaN;
  for (let day = first; day - latest <= LONGEST_WAIT_DAYS; day++) {
    const rule = inForce(history, dateOfDay(day));
    if (!rule || !isExpiry(rule, day, first)) continue;
    const traded = tradingDayUpTo(exchange, day);
    if (traded < first || found === traded) continue;
    found = traded;
    latest = day;
    yield dateOfDay(traded);
  }
}

const fits: Fits = (rule, day, first) => {
  const { monthly, weekly, dailies = 0 } = rule;
  if (day - first < dailies || isMonthly(rule, day, first)) return true;
  if (!weekly || weekdayOf(day) !== NUMBER_OF[weekly]) return false;
  return !monthly || !isLastOfMonth(NUMBER_OF[monthly], day - NUMBER_OF[weekly] + NUMBER_OF[monthly]);
};

const isMonthly: Fits = ({ monthly }, day) => monthly !== undefined && isLastOfMonth(NUMBER_OF[monthly], day);

/**
 * Why an expiry that an exchange lists is not one that is known here: its day has no ordinary session, no rule of the product
 * makes it one, or the calendar says nothing of that day. Null for one that is expected, and for a product without a rule, or
 * with one that does not name every expiry, whose expiry is on a trading day.
 *
 * @param listedOn date 'YYYY-MM-DD' of the list: of some products each of the next days is an expiry
 */
export function expiryDoubt(
  { symbol, exchange }: Pick<Listing, 'symbol' | 'exchange'>,
  expiry: string,
  listedOn: string,
): ExpiryDoubt | null {
  const day = dayNumber(expiry);
  if (!calendarCovers(exchange, expiry)) return 'calendar_unknown';
  if (tradingDayUpTo(exchange, day) < day) return 'no_session';
  const { expiries } = facts().data;
  const history = Object.hasOwn(expiries, symbol) ? expiries[symbol] : [];
  if (productInfo(symbol)?.exchange !== exchange || inForce(history, expiry) === null) return null;
  const first = dayNumber(listedOn);
  // A holiday moves an expiry to the trading day before it.
  for (let named = day; named === day || tradingDayUpTo(exchange, named) === day; named++) {
    const rule = inForce(history, dateOfDay(named));
    if (rule?.others || (rule && fits(rule, named, first))) return null;
  }
  return 'not_scheduled';
}

/** True on the last such weekday of a month. */
function isLastOfMonth(weekday: number, day: number): boolean {
  if (weekdayOf(day) !== weekday) return false;
  return dateOfDay(day).slice(0, 7) !== dateOfDay(day + 7).slice(0, 7);
}

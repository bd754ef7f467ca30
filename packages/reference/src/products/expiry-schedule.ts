import { dateOfDay, dayNumber, weekdayOf } from '../dates/calendar-date.ts';
import { inForce } from '../dates/dated.ts';
import { facts } from '../facts.ts';
import type { ExpiryRule, Weekday } from '../schema.ts';
import { tradingDayUpTo } from '../sessions/trading-days.ts';
import { productInfo } from './products.ts';

const NUMBER_OF: Readonly<Record<Weekday, number>> = {
  monday: 1,
  tuesday: 2,
  wednesday: 3,
  thursday: 4,
  friday: 5,
};
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
  const { expiries } = facts().data;
  const history = Object.hasOwn(expiries, product) ? expiries[product] : [];
  const exchange = productInfo(product)?.exchange;
  const first = dayNumber(fromDate);
  if (!exchange || inForce(history, fromDate) === null || Number.isNaN(first)) return [];
  const found: number[] = [];
  let latest = first;
  for (let day = first; found.length < count && day - latest <= LONGEST_WAIT_DAYS; day++) {
    const rule = inForce(history, dateOfDay(day));
    if (!rule || !fits(rule, day, first)) continue;
    const traded = tradingDayUpTo(exchange, day);
    if (traded < first || found.at(-1) === traded) continue;
    found.push(traded);
    latest = day;
  }
  return found.map(dateOfDay);
}

function fits({ monthly, weekly, dailies = 0 }: ExpiryRule, day: number, first: number): boolean {
  if (day - first < dailies) return true;
  if (monthly && isLastOfMonth(NUMBER_OF[monthly], day)) return true;
  if (!weekly || weekdayOf(day) !== NUMBER_OF[weekly]) return false;
  return !monthly || !isLastOfMonth(NUMBER_OF[monthly], day - NUMBER_OF[weekly] + NUMBER_OF[monthly]);
}

/** True on the last such weekday of a month. */
function isLastOfMonth(weekday: number, day: number): boolean {
  if (weekdayOf(day) !== weekday) return false;
  return dateOfDay(day).slice(0, 7) !== dateOfDay(day + 7).slice(0, 7);
}

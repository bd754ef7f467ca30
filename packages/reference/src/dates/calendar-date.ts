/** Of 24 hours. */
export const DAY_MS = 86_400_000;
/** The Gregorian calendar repeats itself after these. */
const CYCLE_YEARS = 400;
const CYCLE_DAYS = 146_097;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Days since 1970-01-01 of a calendar date 'YYYY-MM-DD'; NaN when it is not one (such as 2026-02-30). */
export function dayNumber(date: string): number {
  const parts = DATE.exec(date);
  if (!parts) return Number.NaN;
  // Date.UTC takes the years 0 to 99 for those of the 20th century; a cycle of the calendar later there are none such.
  const later = Date.UTC(Number(parts[1]) + CYCLE_YEARS, Number(parts[2]) - 1, Number(parts[3])) / DAY_MS;
  const day = later - CYCLE_DAYS;
  return dateOfDay(day) === date ? day : Number.NaN;
}

/** The calendar date 'YYYY-MM-DD' of a day number. */
export function dateOfDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** 0 is Sunday, 6 is Saturday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const EXCHANGE_DATE = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/;

/** 'YYYY-MM-DD' of a date as the Indian exchanges write it ('25-Aug-2026', '01-AUG-2019'); null when it is not one. */
export function fromExchangeDate(text: string): string | null {
  const parts = EXCHANGE_DATE.exec(text);
  if (!parts) return null;
  const month = MONTHS.indexOf(parts[2].toLowerCase()) + 1;
  const date = `${parts[3]}-${String(month).padStart(2, '0')}-${parts[1].padStart(2, '0')}`;
  return Number.isNaN(dayNumber(date)) ? null : date;
}

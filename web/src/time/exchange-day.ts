const MS_PER_DAY = 86_400_000;
const MS_PER_MINUTE = 60_000;

/** `2026-11-27T09:15:00` of an instant in a zone (IANA name or fixed offset), as a field for date and time has it. */
export const localTimeAt = (iso: string, timeZone: string): string =>
  new Date(Date.parse(iso) + offsetAt(Date.parse(iso), timeZone)).toISOString().slice(0, 19);

/** The instant of what `localTimeAt` gives, with or without its seconds, ISO-8601. */
export function instantAt(local: string, timeZone: string): string {
  const asUtc = Date.parse(`${local}Z`);
  const guess = asUtc - offsetAt(asUtc, timeZone);
  // The offset may be another one at the true instant, on the day that the clocks change.
  return new Date(asUtc - offsetAt(guess, timeZone)).toISOString();
}

/** Calendar date `2026-11-27` of an instant in a zone. */
export const dateAt = (iso: string, timeZone: string): string => localTimeAt(iso, timeZone).slice(0, 10);

/** First instant of a calendar date in a zone, ISO-8601. */
export const startOfDate = (date: string, timeZone: string): string =>
  instantAt(`${date}T00:00:00`, timeZone);

export const addDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * MS_PER_DAY).toISOString().slice(0, 10);

/** Days of the calendar from one instant to another in a zone: 0 within the same date. */
export const daysBetween = (from: string, to: string, timeZone: string): number =>
  (Date.parse(dateAt(to, timeZone)) - Date.parse(dateAt(from, timeZone))) / MS_PER_DAY;

/** Milliseconds that a zone's clock is ahead of UTC at an instant. */
function offsetAt(epochMs: number, timeZone: string): number {
  const parts = Object.fromEntries(
    clockOf(timeZone)
      .formatToParts(epochMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year, month, day, hour, minute } = parts;
  const minuteOfUtc = Math.floor(epochMs / MS_PER_MINUTE) * MS_PER_MINUTE;
  return Date.UTC(year, month - 1, day, hour, minute) - minuteOfUtc;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (!clock) {
    const digits = {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    } as const;
    clock = new Intl.DateTimeFormat('en-GB', { ...digits, timeZone, hourCycle: 'h23' });
    clocks.set(timeZone, clock);
  }
  return clock;
}

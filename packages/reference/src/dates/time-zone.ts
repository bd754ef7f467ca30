import { DAY_MS, dateOfDay, dayNumber } from './calendar-date.ts';

const MS_PER_MINUTE = 60_000;
/** Zones change their offset on full quarter hours of UTC. */
const OFFSET_STEP_MS = 15 * MS_PER_MINUTE;

/** Wall-clock time of one zone. */
export interface TimeZone {
  /** Milliseconds to add to UTC at an instant. */
  offsetAt(epochMs: number): number;
  /** Calendar date 'YYYY-MM-DD' of an instant. */
  dateAt(epochMs: number): string;
  /** The same as days since 1970-01-01, which costs a twentieth. */
  dayAt(epochMs: number): number;
  /** Instant of a wall-clock time on such a day. */
  instantOfDay(day: number, minutesAfterMidnight: number): number;
  /** Instant of a wall-clock time on a calendar date; NaN when `date` is not a date. */
  instant(date: string, minutesAfterMidnight: number): number;
}

const FIXED_OFFSET = /^([+-])(\d{2}):(\d{2})$/;

/** A zone by an IANA name, or by a fixed offset such as +05:30. Rejects an unknown name with RangeError. */
export function timeZone(name: string): TimeZone {
  if (name === 'UTC') return fixedZone(0);
  const parts = FIXED_OFFSET.exec(name);
  if (!parts) return ianaZone(name);
  const minutes = Number(parts[2]) * 60 + Number(parts[3]);
  return fixedZone(parts[1] === '-' ? -minutes : minutes);
}

/** True when `timeZone` knows the name. */
export function isTimeZone(name: string): boolean {
  try {
    timeZone(name);
    return true;
  } catch {
    return false;
  }
}

/** A zone that never changes its offset, such as India or UTC. */
function fixedZone(offsetMinutes: number): TimeZone {
  return zone(() => offsetMinutes * MS_PER_MINUTE);
}

/** A zone of the IANA database, daylight saving included. Rejects an unknown name with RangeError. */
function ianaZone(name: string): TimeZone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  // Only the last offset is remembered: callers walk through time, and asking Intl costs microseconds.
  let knownStep = Number.NaN;
  let knownOffset = 0;
  return zone((epochMs) => {
    const step = Math.floor(epochMs / OFFSET_STEP_MS);
    if (step !== knownStep) {
      knownOffset = parseOffset(format.format(step * OFFSET_STEP_MS));
      knownStep = step;
    }
    return knownOffset;
  });
}

function parseOffset(text: string): number {
  const parts = /GMT([+-])(\d{2}):(\d{2})/.exec(text);
  if (!parts) return 0;
  const minutes = Number(parts[2]) * 60 + Number(parts[3]);
  return (parts[1] === '-' ? -minutes : minutes) * MS_PER_MINUTE;
}

function zone(offsetAt: (epochMs: number) => number): TimeZone {
  const dayAt = (epochMs: number) => Math.floor((epochMs + offsetAt(epochMs)) / DAY_MS);
  const instantOfDay = (day: number, minutesAfterMidnight: number) => {
    const wall = day * DAY_MS + minutesAfterMidnight * MS_PER_MINUTE;
    if (Number.isNaN(wall)) return Number.NaN;
    const guess = wall - offsetAt(wall);
    return wall - offsetAt(guess);
  };
  // The last date is remembered: writing one costs a microsecond, and what follows is of the same day.
  let knownDay = Number.NaN;
  let knownDate = '';
  const dateAt = (epochMs: number) => {
    const day = dayAt(epochMs);
    if (day !== knownDay) [knownDay, knownDate] = [day, dateOfDay(day)];
    return knownDate;
  };
  return {
    offsetAt,
    dayAt,
    instantOfDay,
    dateAt,
    instant: (date, minutesAfterMidnight) => instantOfDay(dayNumber(date), minutesAfterMidnight),
  };
}

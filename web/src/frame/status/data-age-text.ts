import type { ChainView } from '@deltastream/client';
import type { Format } from '../../format/format.ts';

const MS_PER_SECOND = 1_000;
const MINUTE_MS = 60 * MS_PER_SECOND;
const MS_PER_HOUR = 60 * MINUTE_MS;
const DAY_MS = 24 * MS_PER_HOUR;

/** `0.4 s`, `42 s`, `5 min`, `3 h`, `2 d`; a clock that is behind the server's makes nothing younger than 0. */
export function ageText(ageMs: number): string {
  const age = Math.max(0, ageMs);
  if (age < 10 * MS_PER_SECOND) return `${(age / MS_PER_SECOND).toFixed(1)} s`;
  if (age < 2 * MINUTE_MS) return `${Math.floor(age / MS_PER_SECOND)} s`;
  if (age < 2 * MS_PER_HOUR) return `${Math.floor(age / MINUTE_MS)} min`;
  if (age < 2 * DAY_MS) return `${Math.floor(age / MS_PER_HOUR)} h`;
  return `${Math.floor(age / DAY_MS)} d`;
}

type Ages = Pick<ChainView, 'quotes_as_of' | 'open_interest_as_of'>;

/**
 * How old quotes and open interest are: `quotes 0.4 s old, OI as of 09:15`. `now` is null when an instant of the past
 * is shown: then both are told by the clock.
 */
export function dataAgeText({ quotes_as_of, open_interest_as_of }: Ages, now: number | null, format: Format) {
  const reference = new Date(now ?? (quotes_as_of === null ? Date.now() : Date.parse(quotes_as_of)));
  const clock = (iso: string) => format.timeOfDay(iso, reference).replace(/:00$/, '');
  return [quotes(), openInterest()].join(', ');

  function quotes(): string {
    if (quotes_as_of === null) return 'quotes of unknown age';
    if (now === null) return `quotes as of ${clock(quotes_as_of)}`;
    return `quotes ${ageText(now - Date.parse(quotes_as_of))} old`;
  }
  function openInterest(): string {
    return open_interest_as_of === null ? 'OI of unknown age' : `OI as of ${clock(open_interest_as_of)}`;
  }
}

import type { ChainView } from '@deltastream/client';
import { durationText } from '../../format/duration.ts';
import type { Format } from '../../format/format.ts';

type Ages = Pick<ChainView, 'quotes_as_of' | 'open_interest_as_of'>;

/**
 * How old quotes and open interest are: `quotes 0.4 s old, OI as of 09:15:00`. `now` is null when an instant of the past
 * is shown: then both are told by the clock.
 */
export function dataAgeText({ quotes_as_of, open_interest_as_of }: Ages, now: number | null, format: Format) {
  const reference = new Date(now ?? (quotes_as_of === null ? Date.now() : Date.parse(quotes_as_of)));
  const clock = (iso: string) => format.timeOfDay(iso, reference);
  return [quotes(), openInterest()].join(', ');

  function quotes(): string {
    if (quotes_as_of === null) return 'quotes of unknown age';
    if (now === null) return `quotes as of ${clock(quotes_as_of)}`;
    return `quotes ${durationText(now - Date.parse(quotes_as_of))} old`;
  }
  function openInterest(): string {
    return open_interest_as_of === null ? 'OI of unknown age' : `OI as of ${clock(open_interest_as_of)}`;
  }
}

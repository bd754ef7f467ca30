import { dateOfDay, dayNumber, exchangeDate, localInstant } from '@deltastream/reference';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { VENUE_NAMES, VENUES, type VenueName } from './venue-settings.ts';

/**
 * When a venue is asked for its daily list: the next instant (epoch ms) after one, on the clock of its exchange. `given` is the
 * setting, `kite=08:45,deribit=08:05`, for those that differ from their own times. Throws `invalid_setting` naming the venue.
 */
export function nextListAt(given: string | undefined, venue: VenueName): (after: number) => number {
  const { exchanges, listAt } = VENUES[venue];
  const [hours, minutes] = (timesOf(given).get(venue) ?? listAt).split(':').map(Number);
  const [exchange] = exchanges;
  const on = (date: string) => localInstant(exchange, date, 60 * hours + minutes);
  return (after) => {
    const date = exchangeDate(exchange, after);
    const today = on(date);
    // By the date: a day on which clocks change has not 24 hours.
    return today > after ? today : on(dateOfDay(dayNumber(date) + 1));
  };
}

function timesOf(given: string | undefined): ReadonlyMap<string, string> {
  const times = new Map((given?.split(',') ?? []).map((each) => each.split('=') as [string, string]));
  for (const name of times.keys()) {
    if (VENUE_NAMES.some((venue) => venue === name)) continue;
    throw new DeltaStreamError(
      'invalid_setting',
      `--venue-lists-at: ${JSON.stringify(name)} is no venue: those are ${VENUE_NAMES.join(', ')}`,
    );
  }
  return times;
}

import type { MarketStatus } from '@deltastream/client';
import { withDurations } from '../../format/duration.ts';
import type { Format } from '../../format/format.ts';

/** A venue that the feed follows, as the server last said. */
export type Venue = NonNullable<NonNullable<MarketStatus['feed']>['venues']>[number];

const NAMES: Readonly<Record<string, string>> = {
  deribit: 'Deribit',
  kite: 'Kite',
  upstox: 'Upstox',
  dhan: 'Dhan',
  cboe: 'Cboe',
  openalgo: 'OpenAlgo',
};

/** What a venue does, after its name; a time may follow. */
const STATES: Readonly<Record<Venue['state'], string>> = {
  connecting: 'is being connected',
  live: 'is live',
  mute: 'is connected and sends no quotes',
  waiting: 'is away',
  refused: 'refuses the credentials',
  closed: 'is closed',
};

/** The same in a word or two, for the label. */
const BRIEFLY: Readonly<Record<Venue['state'], string>> = {
  connecting: 'connecting',
  live: 'live',
  mute: 'mute',
  waiting: 'away',
  refused: 'refused',
  closed: 'closed',
};

export const venueName = (venue: string): string => NAMES[venue] ?? venue;

/** `Kite refused since 09:15:02`. */
export const venueLabel = ({ venue, state, since }: Venue, timeOfDay: Format['timeOfDay']): string =>
  `${venueName(venue)} ${BRIEFLY[state]} since ${timeOfDay(since)}`;

/** `Kite refuses the credentials since 09:15:02: the token expired`. */
export const venueSentence = (
  { venue, state, since, reason }: Venue,
  timeOfDay: Format['timeOfDay'],
): string =>
  `${venueName(venue)} ${STATES[state]} since ${timeOfDay(since)}${reason === null ? '' : `: ${withDurations(reason)}`}`;

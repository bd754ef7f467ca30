import { expect, it } from 'vitest';
import { VENUE_NAMES } from '../packages/server/src/services/feed/live/venue-settings.ts';
import { venueName } from '../web/src/market/status/venue-text.ts';

it('the dashboard has a name for every venue that can be followed', () => {
  expect(VENUE_NAMES.length).toBeGreaterThan(0);
  expect(VENUE_NAMES.filter((venue) => venueName(venue) === venue)).toEqual([]);
});

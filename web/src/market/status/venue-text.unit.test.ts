import { expect, it } from 'vitest';
import { type Venue, venueSentence } from './venue-text.ts';

it('says what a venue does, since when, and why, without milliseconds', () => {
  const venue: Venue = {
    venue: 'kite',
    state: 'mute',
    since: '2026-08-19T04:00:02.000Z',
    reason: 'connected, but no quote came for 30000 ms',
    watchdogs: [],
  };
  expect(venueSentence(venue, (iso) => iso.slice(11, 19))).toBe(
    'Kite is connected and sends no quotes since 04:00:02: connected, but no quote came for 30 s',
  );
});

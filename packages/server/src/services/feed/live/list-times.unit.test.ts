import { expect, it } from 'vitest';
import { nextListAt } from './list-times.ts';

const at = (text: string) => Date.parse(text);

it.each([
  ['kite', undefined, '2026-11-27T03:14:59Z', '2026-11-27T03:15:00Z'],
  ['kite', undefined, '2026-11-27T03:15:00Z', '2026-11-28T03:15:00Z'],
  ['kite', 'kite=09:00,deribit=01:00', '2026-11-27T03:20:00Z', '2026-11-27T03:30:00Z'],
  ['deribit', 'kite=09:00', '2026-11-27T23:59:59Z', '2026-11-28T08:05:00Z'],
  // The clocks of New York go back on the day between.
  ['cboe', undefined, '2026-10-31T16:00:00Z', '2026-11-01T14:00:00Z'],
  // That day has 25 hours there, and the one in spring 23.
  ['cboe', 'cboe=00:05', '2026-11-01T04:10:00Z', '2026-11-02T05:05:00Z'],
  ['cboe', 'cboe=00:05', '2027-03-14T04:50:00Z', '2027-03-14T05:05:00Z'],
] as const)(
  '%s is asked for its list at its instant of the day (%s), after %s',
  (venue, given, after, next) => {
    expect(nextListAt(given, venue)(at(after))).toBe(at(next));
  },
);

it('refuses a venue that there is not', () => {
  expect(() => nextListAt('kits=09:00', 'kite')).toThrow('"kits" is no venue');
});

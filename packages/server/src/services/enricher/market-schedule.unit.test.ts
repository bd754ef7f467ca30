import { expect, test } from 'vitest';
import { marketSchedule } from './market-schedule.ts';

const numbers = { market: 16, offHours: 2 };
const openAt = (products: readonly string[], time: string) =>
  marketSchedule(products, numbers).isOpen(Date.parse(time));

test.each([
  ['2026-11-09T11:00:00+05:30', true, 'a trading day'],
  ['2026-11-10T11:00:00+05:30', false, 'a holiday'],
  ['2025-10-21T11:00:00+05:30', false, 'Diwali by day'],
  ['2025-10-21T14:00:00+05:30', true, 'its Muhurat session'],
  ['2026-11-09T15:36:00+05:30', true, 'after the closing auction'],
  ['2026-11-09T15:40:00+05:30', false, 'after the close'],
])('NIFTY at %s is open: %s, %s', (time, open, _why) => {
  expect(openAt(['NIFTY'], time)).toBe(open);
});

test('options on an index of New York trade longer than those on shares, also on an early close', () => {
  expect(openAt(['AAPL'], '2026-11-27T13:05:00-05:00')).toBe(false);
  expect(openAt(['AAPL', 'SPXW'], '2026-11-27T13:05:00-05:00')).toBe(true);
  expect(openAt(['SPXW'], '2026-11-27T13:15:00-05:00')).toBe(false);
});

test('a product of which no hours are known is refused by its name', () => {
  expect(() => marketSchedule(['UNHEARD'], numbers)).toThrow(
    expect.objectContaining({ code: 'invalid_setting', message: expect.stringContaining('UNHEARD') }),
  );
});

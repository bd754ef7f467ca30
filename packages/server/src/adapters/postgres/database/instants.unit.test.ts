import { expect, it } from 'vitest';
import { instant, instantOf } from './instants.ts';

it('instants go to the server and come back as they were', () => {
  expect(instant(Date.UTC(2026, 7, 19, 12, 0, 0, 500))).toBe('2026-08-19T12:00:00.500Z');
  expect(instantOf('2026-08-19 12:00:00.5+00')).toBe(Date.UTC(2026, 7, 19, 12, 0, 0, 500));
  expect(instantOf('1970-01-01 00:00:00+00')).toBe(0);
  expect(instant(8.64e15)).toBe('275760-09-13T00:00:00.000Z');
  expect(instantOf('275760-09-13 00:00:00+00')).toBe(8.64e15);
  expect(instantOf('10000-01-01 00:00:00.001+00')).toBe(Date.parse('+010000-01-01T00:00:00.001Z'));
});

it.each(['2026-08-19 14:00:00+02', 'Wed Aug 19 12:00:00 2026 UTC', 'infinity', '0044-03-15 00:00:00+00 BC'])(
  '%s is refused, not taken for another instant',
  (text) => {
    expect(() => instantOf(text)).toThrow(/not a time in UTC/);
  },
);

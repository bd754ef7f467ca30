import { describe, expect, test } from 'vitest';
import { writtenInstant } from './written-instant.ts';

const read = (text: string) => {
  const at = writtenInstant(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString().slice(0, 16);
};

test.each([
  ['June 11, 2022, 8:47 PM EDT', '2022-06-12T00:47'],
  ['July 2, 2026 at 3:15 PM EDT', '2026-07-02T19:15'],
  ['Jul 2, 2026, 12:05 AM EDT', '2026-07-02T04:05'],
  ['January 2, 2026 at 12:05 PM EST', '2026-01-02T17:05'],
  ['2. Juli 2026 um 15:15 GMT-4', '2026-07-02T19:15'],
  ['2 juillet 2026 à 21:15 UTC+2', '2026-07-02T19:15'],
  ['2026年7月2日 15:15', '2026-07-02T19:15'],
  ['2026-07-02 15:15', '2026-07-02T19:15'],
  ['7/2/2026, 3:15 PM', '2026-07-02T19:15'],
  ['25/7/2026 15:15', '2026-07-25T19:15'],
  ['2.7.2026 15.15', '2026-07-02T19:15'],
])('%s', (text, instant) => {
  expect(read(text)).toBe(instant);
});

test.each([
  ['2/7/2026 15:15', 'the order of day and month is not told'],
  ['July 2, 2026 at 9:15 PM CEST', 'another zone'],
  ['July 32, 2026 at 3:15 PM EDT', 'no such day'],
  ['July 2, 2026', 'no time'],
  ['Yesterday at 3:15 PM', 'no date'],
  ['', 'nothing'],
])('%s cannot be read: %s', (text) => {
  expect(read(text)).toBeNull();
});

describe.each(['de', 'fr', 'es', 'it', 'pt-BR', 'nl', 'pl', 'cs', 'fi', 'ru', 'tr', 'ja', 'zh', 'ko'])(
  'as a browser writes it in %s',
  (language) => {
    test.each([...Array(12).keys()])('month %i', (month) => {
      const at = Date.UTC(2026, month, 13, 20, 15);
      for (const style of ['long', 'short'] as const) {
        const format = new Intl.DateTimeFormat(language, {
          year: 'numeric',
          month: style,
          day: 'numeric',
          hour: 'numeric',
          minute: 'numeric',
          timeZone: 'America/New_York',
        });
        expect(writtenInstant(format.format(at)), format.format(at)).toBe(at);
      }
    });
  },
);

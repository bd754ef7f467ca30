import { expect, it } from 'vitest';
import { durationText, withDurations } from './duration.ts';

it.each([
  [-5_000, '0.0 s'],
  [400, '0.4 s'],
  [42_900, '42 s'],
  [5 * 60_000, '5 min'],
  [3 * 3_600_000, '3 h'],
  [50 * 3_600_000, '2 d'],
])('%d ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

it.each([
  ['connected, but no quote came for 30000 ms', 'connected, but no quote came for 30 s'],
  ['nothing was received for 151234 ms; asked 2 times', 'nothing was received for 2 min; asked 2 times'],
  ['no answer within 2500.5 ms', 'no answer within 2.5 s'],
  ['row 7 of items.csv, 12 msgs', 'row 7 of items.csv, 12 msgs'],
])('says %j as %j', (text, shown) => {
  expect(withDurations(text)).toBe(shown);
});

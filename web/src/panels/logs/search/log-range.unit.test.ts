import { expect, it } from 'vitest';
import { instantOfField, readRange, requestOfSpan, spanOf, stepOf, writeRange } from './log-range.ts';

const NOW = Date.parse('2026-11-28T10:00:00Z');
const OWN = { from: '2026-11-28T08:00:00.000Z', to: '2026-11-28T09:00:00.000Z' };

it('reads what it wrote; the default stands in no address', () => {
  for (const range of ['1h', '7d', OWN] as const) {
    const query = new URLSearchParams('product=NIFTY&log-range=6h');
    writeRange(query, range);
    expect(readRange(String(query))).toEqual(range);
    expect(query.get('product')).toBe('NIFTY');
  }
  const query = new URLSearchParams();
  writeRange(query, '1h');
  expect(String(query)).toBe('');
});

it('takes a range that is none for the default', () => {
  const backwards = `log-from=${OWN.to}&log-to=${OWN.from}`;
  for (const search of ['log-range=constructor', backwards, 'log-from=noon&log-to=night'])
    expect(readRange(search)).toBe('1h');
});

it('ends at the instant of the page, and is open where that is now', () => {
  expect(requestOfSpan(spanOf('1h', null, NOW))).toEqual({ from: '2026-11-28T09:00:00.000Z' });
  expect(requestOfSpan(spanOf('15m', '2026-11-27T10:00:00Z', NOW))).toEqual({
    from: '2026-11-27T09:45:00.000Z',
    to: '2026-11-27T10:00:00.000Z',
  });
  expect(requestOfSpan(spanOf(OWN, '2026-11-27T10:00:00Z', NOW))).toEqual(OWN);
});

it('has at most so many steps', () => {
  expect(stepOf(spanOf('1h', null, NOW), 60)).toBe(60);
  expect(stepOf(spanOf('1h', null, NOW), 30)).toBe(120);
  expect(stepOf(spanOf('30d', null, NOW), 60)).toBe(43_200);
  expect(stepOf({ fromMs: 0, toMs: 9e12, isOpen: false }, 60)).toBe(86_400);
});

it('reads a field without a zone as UTC', () => {
  expect(instantOfField('2026-11-28T10:00')).toBe('2026-11-28T10:00:00.000Z');
  expect(instantOfField('')).toBeNull();
});

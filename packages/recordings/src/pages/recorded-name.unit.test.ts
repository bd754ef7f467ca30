import { expect, test } from 'vitest';
import { dateInName, expiryInFolders, instantInName, symbolInName } from './recorded-name.ts';

test.each([
  ['a/NIFTY_2026-08-19_1015.json', '2026-08-19T04:45:00.000Z'],
  ['NIFTY-20260819T101530.json', '2026-08-19T04:45:30.000Z'],
  ['NIFTY 2026-08-19 10.15.json', '2026-08-19T04:45:00.000Z'],
  ['NIFTY_2026-08-19T10:15:00+00:00.json', '2026-08-19T10:15:00.000Z'],
  ['NIFTY_2026-12-01_2026-08-19_1015.json', '2026-08-19T04:45:00.000Z'],
  ['NIFTY_2026-12-01.json', null],
  ['NIFTY_2026-12-01_2961.json', null],
  ['2026-08-19_1015/NIFTY.json', null],
])('%s is of %s', (path, instant) => {
  const at = instantInName(path, 'NSE');
  expect(Number.isNaN(at) ? null : new Date(at).toISOString()).toBe(instant);
});

test.each([
  ['NIFTY_2026-12-01_20261126T101500.json', '2026-12-01'],
  ['NIFTY_2026-12-01_2026-11-26_1015.json', '2026-12-01'],
  ['NIFTY-1DEC2026.json', '2026-12-01'],
  ['NIFTY_20261126T101500.json', null],
  ['NIFTY_2026-13-01.json', null],
])('%s names the day %s', (path, date) => {
  expect(dateInName(path)).toBe(date);
});

test.each([
  ['nifty_chain.csv', 'NIFTY'],
  ['nifty-corrected.csv', 'NIFTY'],
  ['RELIANCE_20260819.csv', 'RELIANCE'],
  ['M&M_20260819.csv', 'M&M'],
  ['BAJAJ-AUTO_20260819.csv', 'BAJAJ-AUTO'],
  ['recorded.csv', ''],
  ['Reliance.csv', ''],
  ['2026.csv', ''],
])('%s begins with %s', (path, symbol) => {
  expect(symbolInName(path)).toBe(symbol);
});

test.each([
  ['index/NIFTY/5SEP2019/page.csv', '2019-09-05'],
  ['26-Sep-2019/page.csv', '2019-09-26'],
  ['5SEP2019/morning/page.csv', '2019-09-05'],
  ['2019-09-26/page.csv', '2019-09-26'],
  ['2019-09-04/page.csv', null],
  ['04SEP2019/page.csv', null],
  ['2019-09-01/page.csv', null],
  ['1SEP2019/page.csv', '2019-09-01'],
  ['page.csv', null],
  ['/NIFTY/page.csv', null],
])('the folders of %s name the expiry %s for a page of 4 September 2019', (path, expiry) => {
  expect(expiryInFolders(path, 'NSE', Date.parse('2019-09-04T05:30:00Z'))).toBe(expiry);
});

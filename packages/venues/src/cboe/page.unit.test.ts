import { describe, expect, test } from 'vitest';
import { createPageReader } from './page.ts';

const row = (over: Record<string, unknown> = {}) => ({
  option: 'SPXW261127P06750000',
  bid: 3.1,
  bid_size: 12,
  ask: 3.2,
  ask_size: 40,
  iv: 0.1432,
  open_interest: 1520,
  volume: 880,
  last_trade_price: 3.15,
  last_trade_time: null,
  prev_day_close: 5.4,
  ...over,
});
const page = (options: unknown[], over: Record<string, unknown> = {}, header: object = {}) =>
  JSON.stringify({
    timestamp: '2026-11-27 15:05:10',
    data: {
      options,
      current_price: 6801.2,
      close: 6800,
      prev_day_close: 6790,
      seqno: 7,
      last_trade_time: '2026-11-27T09:49:40',
      ...over,
    },
    ...header,
  });

function read(text: string, chunk = text.length) {
  const reader = createPageReader();
  for (let at = 0; at < text.length; at += chunk) reader.push(text.slice(at, at + chunk));
  return reader.end();
}

test('one clock is UTC and says when the file was made, the other New York and says when the quotes were', () => {
  const { madeAt, quotedAt, version } = read(page([row()]));
  expect(new Date(madeAt).toISOString()).toBe('2026-11-27T15:05:10.000Z');
  expect(new Date(quotedAt).toISOString()).toBe('2026-11-27T14:49:40.000Z');
  expect(version).toBe('7 2026-11-27T09:49:40');
});

test('a page is the same in whatever pieces it comes', () => {
  const text = page([row(), row({ option: 'SPX261218C06750000', note: 'a } in "a string\\' }), row()]);
  const complete = read(text);
  expect(complete.rows.length).toBe(3);
  for (const chunk of [1, 2, 3, 7, 64]) expect(read(text, chunk)).toEqual(complete);
});

test('a bid of 0 is nobody bidding; an ask, a last price or a close of 0 is none', () => {
  const [read0] = read(page([row({ bid: 0, ask: 0, last_trade_price: 0, prev_day_close: 0 })])).rows;
  expect(read0).toMatchObject({ bid: 0, ask: Number.NaN, last: Number.NaN, previousClose: Number.NaN });
  expect(read0.contract).toEqual({ root: 'SPXW', expiry: '2026-11-27', side: 'put', strike: 6750 });
});

test('adjusted classes and rows that are not understood are counted and left out', () => {
  const { rows, rejected } = read(
    page([
      row({ option: 'XYZ1261218C00050000' }),
      row({ option: 'XYZ261218C00050000' }),
      row({ option: 'XYZ' }),
      row({ bid: -1 }),
      row({ ask: '3.2' }),
    ]),
  );
  expect(rows.map(({ contract }) => contract.root)).toEqual(['XYZ']);
  expect([...rejected]).toEqual([
    ['adjusted_class', 1],
    ['bad_value', 3],
  ]);
});

test.each([
  [6801.2, {}],
  [6800, { current_price: 0 }],
  [6790, { current_price: null, close: null }],
])('%d is the price of the underlying where the page says %o', (spot, over) => {
  expect(read(page([row()], over)).spot).toBe(spot);
});

describe('a page that is none', () => {
  test.each([
    ['ends within its list', page([row(), row()]).slice(0, 300)],
    ['not JSON', '<html>Access denied</html>'],
    ['no data', '{"timestamp":"2026-11-27 15:05:10"}'],
    ['last_trade_time is "undefined"', page([row()], { last_trade_time: undefined })],
    ['last_trade_time is "2026-13-45', page([row()], { last_trade_time: '2026-13-45T09:49:40' })],
    ['its quotes are of', page([row()], { last_trade_time: '2026-11-27T15:05:10' })],
    ['not an object', page([7])],
    ['more than 65536 characters', page([], { symbol: 'X'.repeat(70_000) })],
    ['a contract of more than', `{"data":{"options":[{"a":"${'X'.repeat(20_000)}`],
  ])('%s', (reason, text) => {
    expect(() => read(text, 1000)).toThrow(reason);
  });
});

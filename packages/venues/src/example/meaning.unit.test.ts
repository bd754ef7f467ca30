import { expect, test } from 'vitest';
import type { InstrumentQuote } from '../meaning.ts';
import { createQuoteReader } from './meaning.ts';

const MESSAGE = {
  ...{ type: 'quote', symbol: 'NIFTY-2026-12-29-24000-call', time: 1_764_480_600_000 },
  ...{ bid: 0, ask: 150.4, last: 0, bidSize: 0, askSize: 6, volume: 5000, openInterest: 2500 },
};

function read(message: object): InstrumentQuote {
  const quotes: InstrumentQuote[] = [];
  createQuoteReader()(
    { ...message },
    {
      quote: (quote) => quotes.push({ ...quote }),
      state: () => expect.unreachable(),
      listed: () => expect.unreachable(),
      rejected: () => expect.unreachable(),
    },
  );
  return quotes[0];
}

test('a quote says what its message says, and nothing else', () => {
  const { type, symbol, time, ...said } = MESSAGE;
  expect(read(MESSAGE)).toEqual({
    ...{ ...said, id: symbol, at: time, complete: true, last: Number.NaN },
    ...{ mark: Number.NaN, previousClose: Number.NaN, forward: Number.NaN, spot: Number.NaN },
  });
});

test('a quote with a value that cannot be is rejected with its name', () => {
  expect(() => read({ ...MESSAGE, ask: -1 })).toThrow('ask is -1, expected 0 or more');
  expect(() => read({ ...MESSAGE, symbol: 7 })).toThrow('symbol is "7", expected a text');
});

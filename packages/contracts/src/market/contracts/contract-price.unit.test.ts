import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contractPrice, contractPriceSource, noPriceReason } from '../../index.ts';

const NONE = Number.NaN;
const TICK = 0.05;

/** bid, ask, last, mark, and the price they make. */
const ROWS: readonly [what: string, bid: number, ask: number, last: number, mark: number, price: number][] = [
  ['the mid of a two-sided quote', 10, 11, 30, 30, 10.5],
  ['the mid of a locked quote', 10, 10, 30, 30, 10],
  ['the last trade without a quote', NONE, NONE, 7, 8, 7],
  ['the mark without quote and trade', NONE, NONE, NONE, 8, 8],
  ['nothing of nothing', NONE, NONE, NONE, NONE, NONE],
  ['no last trade above a lone ask', NONE, 1094.95, 1356.75, NONE, NONE],
  ['a last trade at a lone ask', NONE, 1094.95, 1094.95, NONE, 1094.95],
  ['no last trade below a lone bid', 12, NONE, 11.95, NONE, NONE],
  ['a last trade at a lone bid', 12, NONE, 12, NONE, 12],
  ['the mark where the last trade is outside', NONE, 10, 11, 9, 9],
  ['no mark outside either', NONE, 10, 11, 10.05, NONE],
  ['no mark below a lone bid', 12, NONE, NONE, 11, NONE],
  ['half a tick of a contract nobody bids for at one tick', 0, TICK, 3, 3, TICK / 2],
  ['a bound, and no price, of an ask of two ticks', 0, 2 * TICK, 3, NONE, NONE],
  ['the last trade under such an ask', 0, 2 * TICK, TICK, NONE, TICK],
  ['no half tick where no bid was given', NONE, TICK, NONE, NONE, NONE],
  ['0.00 where it was traded', NONE, NONE, 0, 5, 0],
  ['0.00 where the venue marks it so', NONE, TICK, NONE, 0, 0],
  ['no 0.00 while somebody bids', 1, NONE, 0, NONE, NONE],
  ['the last trade of a crossed quote, which bounds nothing', 11, 10, 30, NONE, 30],
  ['the last trade beside an ask of 0, which is none', 0, 0, 4, NONE, 4],
];

describe('the price of a contract', () => {
  it.each(ROWS)('is %s', (_what, bid, ask, last, mark, price) => {
    expect(contractPrice(bid, ask, last, mark, TICK)).toBe(price);
    expect(contractPriceSource(bid, ask, last, mark, TICK) === null).toBe(Number.isNaN(price));
  });

  it('is no half tick where no tick is known', () => {
    expect(contractPrice(0, TICK, NONE, NONE, null)).toBeNaN();
    expect(contractPrice(0, 2.5, NONE, NONE, 2.5000001)).toBe(1.25);
  });

  it('is missing for a reason', () => {
    expect(noPriceReason(NONE, NONE)).toBe('no_price');
    expect(noPriceReason(11, NONE)).toBe('last_outside_quote');
    expect(noPriceReason(NONE, 11)).toBe('last_outside_quote');
  });

  it('never contradicts a quote of one side, and comes with its source (property)', () => {
    const cell = fc.oneof(
      fc.constant(NONE),
      fc.integer({ min: 0, max: 60 }).map((n) => n / 20),
    );
    fc.assert(
      fc.property(cell, cell, cell, cell, (bid, ask, last, mark) => {
        const price = contractPrice(bid, ask, last, mark, TICK);
        const source = contractPriceSource(bid, ask, last, mark, TICK);
        if (Number.isNaN(price)) {
          expect(source).toBeNull();
          return;
        }
        if (!(bid > ask)) {
          if (bid > 0) expect(price).toBeGreaterThanOrEqual(bid);
          if (ask > 0) expect(price).toBeLessThanOrEqual(ask);
        }
        const inputs = { mid: (bid + ask) / 2, last, mark };
        expect(price).toBe(inputs[source ?? 'mid']);
      }),
    );
  });
});

import type { EnrichedChain } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { chainOf } from '../stored-chain.fixture.ts';
import { sessionBuildup, windowBuildup } from './oi-buildup.ts';

const EXPIRY = '2026-08-25';
const at = (cells: Parameters<typeof chainOf>[3]): EnrichedChain => chainOf('NIFTY', EXPIRY, 0, cells);

describe('open-interest build-up', () => {
  it('names the four moves over a window by premium and open interest', () => {
    const before = at({
      strike: [1, 2, 3, 4, 5],
      call_last: [10, 10, 10, 10, 10],
      call_open_interest: [100, 100, 100, 100, 100],
    });
    const now = at({
      strike: [1, 2, 3, 4, 5],
      call_last: [11, 9, 11, 9, 10],
      call_open_interest: [110, 110, 90, 90, 110],
    });
    const found = windowBuildup(now, before, 'none');
    expect(found.map(({ buildup }) => buildup)).toEqual([
      'long_buildup',
      'short_buildup',
      'short_covering',
      'long_unwinding',
      'neutral',
    ]);
    expect(found[1]).toEqual({
      strike: 2,
      side: 'call',
      price: 9,
      price_change: -1,
      open_interest: 110,
      open_interest_change: 10,
      buildup: 'short_buildup',
      null_reason: null,
    });
  });

  it('says why a window has no figure', () => {
    const now = at({ strike: [1, 2, 3], call_last: [5, 5, Number.NaN], call_open_interest: [1, 1, 1] });
    expect(windowBuildup(now, null, 'nothing stored').map(({ null_reason }) => null_reason)).toEqual([
      'nothing stored',
      'nothing stored',
      'nothing stored',
    ]);
    const before = at({ strike: [2, 3], call_last: [4, 4], call_open_interest: [Number.NaN, 1] });
    const found = windowBuildup(now, before, 'nothing stored');
    expect(found.map(({ null_reason }) => null_reason)).toEqual([
      'not listed in the earlier snapshot',
      'no open interest in the earlier snapshot',
      'no price',
    ]);
    expect(found[1]).toMatchObject({ price_change: 1, open_interest_change: null, buildup: null });
  });

  it('takes no change from a last trade outside the quote, and says so', () => {
    const before = at({ strike: [1, 2], call_last: [10, 10], call_open_interest: [100, 100] });
    const now = at({
      strike: [1, 2],
      call_ask: [8, 13],
      call_last: [12, 12],
      call_open_interest: [110, 110],
    });
    expect(windowBuildup(now, before, 'none')).toMatchObject([
      { price: null, buildup: null, null_reason: 'no price: the last trade is outside the quote' },
      { price: 12, buildup: 'long_buildup', null_reason: null },
    ]);
    expect(windowBuildup(before, now, 'none')[0]).toMatchObject({
      buildup: null,
      null_reason: 'no price: the last trade is outside the quote in the earlier snapshot',
    });
  });

  it('takes the session from the columns, and 0 is not a previous close', () => {
    const chain = at({
      strike: [1, 2],
      put_last: [5, 5],
      put_open_interest: [10, 10],
      put_open_interest_change: [2, 2],
      put_previous_close: [4, 0],
      put_buildup: [1, Number.NaN],
    });
    expect(sessionBuildup(chain)).toMatchObject([
      {
        strike: 1,
        side: 'put',
        price_change: 1,
        open_interest_change: 2,
        buildup: 'long_buildup',
        null_reason: null,
      },
      { strike: 2, price_change: null, buildup: null, null_reason: 'no previous close' },
    ]);
  });
});

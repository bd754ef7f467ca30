import { describe, expect, it } from 'vitest';
import { barsOf } from './oi-profile-chart.ts';

const strike = { call_buildup: null, put_buildup: null };
const strikes = [
  { ...strike, strike: 100, call_oi: 5, call_oi_change: -2, put_oi: 7, put_oi_change: 3 },
  { ...strike, strike: 110, call_oi: null, call_oi_change: null, put_oi: null, put_oi_change: null },
];

describe('bars of open interest', () => {
  it('stand above 0 for calls and below for puts; what is not listed has none', () => {
    expect(barsOf(strikes, false)).toEqual({
      calls: [
        [100, 5],
        [110, null],
      ],
      puts: [
        [100, -7],
        [110, null],
      ],
    });
  });

  it('have the sign of the change where a change is shown, for both sides', () => {
    const { calls, puts } = barsOf(strikes, true);
    expect([calls[0], puts[0]]).toEqual([
      [100, -2],
      [100, 3],
    ]);
  });
});

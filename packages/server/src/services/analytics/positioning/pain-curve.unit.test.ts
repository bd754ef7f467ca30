import { describe, expect, it } from 'vitest';
import { chainOf } from '../stored-chain.fixture.ts';
import { painCurve } from './pain-curve.ts';

describe('pain curve', () => {
  it('gives the pain at each strike', () => {
    const chain = chainOf('NIFTY', '2026-08-25', 0, {
      strike: [90, 100, 110],
      call_open_interest: [1, 2, 3],
      put_open_interest: [3, 2, 1],
    });
    expect(painCurve(chain)).toMatchObject({
      max_pain_strike: 100,
      max_pain_ties: [100],
      null_reason: null,
      count: 3,
      curve: [
        { strike: 90, pain: 40 },
        { strike: 100, pain: 20 },
        { strike: 110, pain: 40 },
      ],
    });
  });

  it('is null with a reason when nothing is open', () => {
    expect(painCurve(chainOf('NIFTY', '2026-08-25', 0, { strike: [90] }))).toMatchObject({
      max_pain_strike: null,
      null_reason: 'no open interest',
      curve: [],
    });
  });
});

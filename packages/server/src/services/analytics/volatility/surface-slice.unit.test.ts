import { IV_STATUSES } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { chainOf } from '../stored-chain.fixture.ts';
import { surfaceSlice } from './surface-slice.ts';

const [ok, noPrice, twin] = (['ok', 'no_price', 'from_twin'] as const).map((name) =>
  IV_STATUSES.indexOf(name),
);
const cells = {
  strike: [80, 90, 100, 110, 120],
  put_iv: [0.3, 0.25, 0.2, 0.9, 0.9],
  put_iv_status: [ok, ok, ok, twin, twin],
  call_iv: [0.9, 0.9, 0.21, 0.19, Number.NaN],
  call_iv_status: [twin, twin, ok, twin, noPrice],
};

describe('surface slice', () => {
  it('takes the out-of-the-money side, and only what was solved', () => {
    const slice = surfaceSlice(chainOf('NIFTY', '2026-08-25', 0, cells, { forward: 100 }));
    expect(slice.strikes).toEqual([80, 90, 100, 110]);
    expect(slice.iv).toEqual([0.3, 0.25, 0.21, 0.19]);
    expect(slice.log_moneyness).toEqual([80, 90, 100, 110].map((k) => Math.log(k / 100)));
  });

  it('is empty without a forward', () => {
    const slice = surfaceSlice(chainOf('NIFTY', '2026-08-25', 0, cells, { forward: null }));
    expect(slice).toMatchObject({ forward: null, strikes: [], iv: [], log_moneyness: [] });
  });
});

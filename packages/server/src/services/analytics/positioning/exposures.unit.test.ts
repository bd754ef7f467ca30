import { expect, it } from 'vitest';
import { exposureByStrike } from '../../../kit/chains/exposure-by-strike.ts';
import { chainOf } from '../stored-chain.fixture.ts';
import { exposureProfile } from './exposures.ts';

const AT = Date.UTC(2026, 7, 19, 4, 30);
const chain = chainOf(
  'NIFTY',
  '2026-08-25',
  AT,
  {
    strike: [90, 100, 110],
    call_open_interest: [10, 20, 50],
    put_open_interest: [60, 20, Number.NaN],
    call_iv: [0.3, 0.2, 0.2],
    put_iv: [0.3, 0.2, 0.2],
    call_delta: [0.9, 0.5, 0.1],
    put_delta: [-0.1, -0.5, -0.9],
    call_gamma: [0.01, 0.04, 0.02],
    put_gamma: [0.01, 0.04, 0.02],
    call_vega: [2, 5, 3],
    put_vega: [2, 5, 3],
  },
  { forward: 100.5, year_fraction: 6 / 365, rate: 0 },
);

it('gives the exposures of each strike, which add up to the totals', () => {
  const answer = exposureByStrike(chain, 'dealer_short_puts_long_calls');
  expect(answer).toMatchObject({ underlying_price: 100, lot_size: 75, count: 3, null_reason: null });
  const [low, , high] = answer.strikes;
  expect(low.gex_call).toBeCloseTo(0.01 * 10 * 75 * 100 ** 2 * 0.01, 10);
  expect(low.gex_put).toBeCloseTo(-0.01 * 60 * 75 * 100 ** 2 * 0.01, 10);
  expect(low.dex_put).toBeCloseTo(0.1 * 60 * 75 * 100, 10);
  expect(high.vex_call).toBeCloseTo(3 * 50 * 75 * 0.01, 10);
  expect(high.gex_put).toBe(0);
  for (const kind of ['gex', 'dex', 'vex', 'vanna_exposure', 'charm_exposure'] as const) {
    const cells = answer.strikes.flatMap((each) => [each[`${kind}_call`], each[`${kind}_put`]]);
    const [net, gross] = [cells, cells.map(Math.abs)].map((values) => values.reduce((a, b) => a + b));
    expect(Math.abs((answer.totals?.[`${kind}_net`] ?? 0) - net)).toBeLessThan(1e-12 * gross);
    expect(answer.totals?.[`${kind}_gross`]).toBeCloseTo(gross, 6);
  }
  expect(answer).toMatchObject({ call_wall_strike: 110, put_wall_strike: 90 });
});

it('counts every contract as held by the other model', () => {
  const { strikes, totals, put_wall_strike } = exposureByStrike(chain, 'all_long');
  expect(strikes[0].gex_put).toBeGreaterThan(0);
  expect(strikes[0].dex_put).toBeLessThan(0);
  expect(totals?.gex_net).toBe(totals?.gex_gross);
  expect(put_wall_strike).toBeNull();
});

it('shows where gamma crosses 0 over the levels of the underlying', () => {
  const { gamma_flip, levels, count } = exposureProfile(chain);
  expect(count).toBe(61);
  expect(levels[30].level).toBeCloseTo(100, 10);
  const flip = gamma_flip ?? 0;
  const above = levels.findIndex(({ level }) => level > flip);
  expect(levels[above - 1].gex * levels[above].gex).toBeLessThan(0);
});

it('says why there is nothing', () => {
  const unknown = { ...chain, lot_size: null };
  expect(exposureByStrike(unknown, 'all_long')).toMatchObject({
    totals: null,
    strikes: [],
    null_reason: 'lot_unknown',
  });
  expect(exposureProfile(unknown)).toMatchObject({
    gamma_flip: null,
    levels: [],
    null_reason: 'lot_unknown',
  });
});

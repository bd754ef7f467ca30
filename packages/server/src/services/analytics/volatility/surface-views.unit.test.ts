import { column, getSurface } from '@deltastream/contracts';
import { sviVolatility } from '@deltastream/quant';
import { expect, it } from 'vitest';
import { CURVE, curvedChain } from './fitting/curved-chain.fixture.ts';
import { fitSlices } from './fitting/fit-slices.ts';
import { fitSurface } from './fitting/fit-surface.ts';
import { smileView } from './smile.ts';
import { surfaceView } from './surface-views.ts';

const [NEAR, FAR] = ['2026-08-25', '2026-09-29'];
const near = curvedChain('NIFTY', NEAR, 1000);
const far = curvedChain('NIFTY', FAR, 2000, { years: 0.15, points: 3 });
const surface = await fitSurface([far, near], async (smiles) => fitSlices(smiles));

it('shows a curve between the outermost quotes with what it implies, and nothing where there is none', () => {
  const view = surfaceView(surface, 5);
  expect(view).toMatchObject({ product: 'NIFTY', timestamp: new Date(2000).toISOString(), count: 2 });
  const [{ curve, points, svi, repriced }, without] = view.expiries;
  expect(curve.map(({ log_moneyness }) => log_moneyness)).toEqual(
    [-0.2, -0.1, 0, 0.1, 0.2].map((k) => expect.closeTo(k, 10)),
  );
  expect(curve[1].iv).toBeCloseTo(sviVolatility(CURVE, -0.1, 0.05), 5);
  expect(curve[2].probability_below).toBeCloseTo(0.48, 1);
  expect(curve[0].probability_touch).toBeCloseTo(2 * (curve[0].probability_below as number), 12);
  expect(curve[4].probability_touch).toBeCloseTo(2 * (1 - (curve[4].probability_below as number)), 12);
  expect(points.strikes).toHaveLength(21);
  expect(svi?.rho).toBeCloseTo(CURVE.rho, 2);
  // Where a bid would be below 0 there is no two-sided quote.
  expect(repriced?.inside).toBe(repriced?.quoted);
  expect(repriced?.quoted).toBeGreaterThan(10);
  expect(view.repriced).toEqual(repriced);
  expect(without).toMatchObject({ svi: null, curve: [], repriced: null, calendar_arbitrage: null });
  expect(without.reason).toContain('3 usable volatilities');
});

it('is a table of places', () => {
  const rows = getSurface.table.rows(surfaceView(surface, 5));
  expect(rows).toHaveLength(5);
  expect(rows[0]).toMatchObject({ expiry: NEAR, log_moneyness: expect.closeTo(-0.2, 10) });
});

it('shows both sides of a smile with the volatilities of their quotes', () => {
  const chain = curvedChain('NIFTY', NEAR, 1000);
  column(chain.columns, 'put_bid')[0] = 0;
  const view = smileView(chain, surface.slices[0], 3);
  expect(view.count).toBe(42);
  const money = view.points.filter(({ strike }) => Math.abs(strike - 100) < 1e-9);
  expect(money.map(({ side }) => side)).toEqual(['call', 'put']);
  for (const { iv, bid_iv, ask_iv, fitted_iv } of money) {
    expect(bid_iv).toBeLessThan(iv as number);
    expect(ask_iv).toBeGreaterThan(iv as number);
    expect(fitted_iv).toBeCloseTo(iv as number, 4);
  }
  expect(view.points[1]).toMatchObject({ bid_iv: null, ask_iv: expect.any(Number) });
  expect(smileView(far, surface.slices[1], 3)).toMatchObject({ curve: [], svi: null });
});

import {
  black76Greeks,
  bsmGreeks,
  bsmPrice,
  createSliceGreeks,
  type KernelName,
  type Side,
  type SliceSolver,
} from '../../packages/quant/src/index.ts';
import { dataText, parseTable } from '../../packages/quant/test/reference-data.ts';
import { printTable } from './timing.ts';

// Enough copies of a row for the SIMD kernels to be used.
const COPIES = 16;
const GREEKS = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'] as const;

function worstVolatility(rows: readonly Record<string, string>[], solver: SliceSolver): [number, number] {
  const out = createSliceGreeks(COPIES);
  let worstOtm = 0;
  let worstItm = 0;
  for (const row of rows) {
    const [forward, strike, yearFraction, price, sigma] = [
      row.F,
      row.K,
      row.T,
      row.undiscounted_price_double,
      row.sigma_true,
    ].map(Number);
    const side: Side = row.type === 'c' ? 1 : -1;
    solver.solveSlice(
      {
        forward,
        yearFraction,
        discountFactor: 1,
        strikes: new Float64Array(COPIES).fill(strike),
        sides: new Int8Array(COPIES).fill(side),
        prices: new Float64Array(COPIES).fill(price),
      },
      out,
    );
    const error = Math.abs(out.iv[0] / sigma - 1);
    const { vega } = black76Greeks(forward, strike, yearFraction, sigma, 1, side);
    const attainable = (price / (sigma * vega) + 1) * Number.EPSILON;
    if (row.itm === 'OTM') worstOtm = Math.max(worstOtm, error);
    else worstItm = Math.max(worstItm, error / attainable);
  }
  return [worstOtm, worstItm];
}

/** Worst relative errors against the tables computed at 50 digits; nothing where they are absent. */
export function printReferenceAccuracy(
  solvers: readonly { kernel: KernelName; solver: SliceSolver }[],
): void {
  const ivText = dataText('reference/iv_truth_mpmath_dev.csv');
  const priceText = dataText('reference/bsm_truth_mpmath_dev.csv');
  if (ivText === null || priceText === null) return;
  const ivRows = parseTable(ivText);
  printTable(
    `Implied volatility against ${ivRows.length} rows computed at 50 digits`,
    ['kernel', 'worst error, OTM', 'worst / attainable, ITM'],
    solvers.map(({ kernel, solver }) => {
      const [otm, itm] = worstVolatility(ivRows, solver);
      return [kernel, otm.toExponential(1), itm.toFixed(1)];
    }),
  );
  const priceRows = parseTable(priceText);
  const worst = new Map<string, number>();
  for (const row of priceRows) {
    const [spot, strike, yearFraction, rate, dividendYield, sigma] = [
      row.S,
      row.K,
      row.T,
      row.r,
      row.q,
      row.sigma,
    ].map(Number);
    const option = {
      spot,
      strike,
      yearFraction,
      rate,
      dividendYield,
      sigma,
      side: (row.type === 'c' ? 1 : -1) as Side,
    };
    const greeks = bsmGreeks(option);
    const decay =
      (greeks.vega * sigma) / (2 * yearFraction) + Math.abs(rate * strike) + Math.abs(dividendYield * spot);
    const values = {
      ...greeks,
      theta: greeks.theta * 365,
      charm: greeks.charm * 365,
      price: bsmPrice(option),
    };
    for (const name of ['price', ...GREEKS] as const) {
      const expected = Number(row[name]);
      // Below the normal range a double has no relative accuracy to show.
      if (Math.abs(expected) < 1e-290) continue;
      const error = Math.abs(values[name] - expected) / (name === 'theta' ? decay : Math.abs(expected));
      worst.set(name, Math.max(worst.get(name) ?? 0, error));
    }
  }
  printTable(
    `Prices and greeks against ${priceRows.length} rows computed at 50 digits`,
    ['figure', 'worst error'],
    [...worst].map(([name, error]) => [name, error.toExponential(1)]),
  );
}

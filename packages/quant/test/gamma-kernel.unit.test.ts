import { describe, expect, test } from 'vitest';
import {
  createPlainGammaKernel,
  createSimdGammaKernel,
  type GammaKernel,
} from '../src/chain/exposure/gamma-kernel.ts';
import { black76Greeks } from '../src/index.ts';

const FORWARD = 24_000;
const POINTS = 61;
const STEP = (2 * Math.log(1.15)) / (POINTS - 1);

/** [strike, volatility, contracts, years], inside the grid and far beyond its ends. */
type Row = readonly [strike: number, sigma: number, held: number, years: number];

function rowsOf(count: number): Row[] {
  return Array.from({ length: count }, (_, i) => [
    15_000 + ((i * 7919) % 20_000),
    0.05 + 0.01 * (i % 60),
    ((i * 37) % 101) - 50,
    [1e-6, 1 / 365, 0.08, 2][i % 4],
  ]);
}

function sumsOf(kernel: GammaKernel, rows: readonly Row[]): Float64Array {
  const { x, s, weight } = kernel.rowsFor(rows.length);
  for (const [i, [strike, sigma, held, years]] of rows.entries()) {
    x[i] = Math.log(FORWARD / strike);
    s[i] = sigma * Math.sqrt(years);
    weight[i] = held * Math.sqrt(strike);
  }
  const totals = new Float64Array(POINTS);
  kernel.addGamma(rows.length, totals, STEP);
  return totals;
}

const kernels: [string, GammaKernel | null][] = [
  ['plain', createPlainGammaKernel()],
  ['simd', createSimdGammaKernel()],
];

describe.each(kernels)('gamma over levels, %s', (_name, kernel) => {
  if (kernel === null) process.stderr.write('skipped: this engine has no SIMD\n');

  test.skipIf(kernel === null)('is that of each row at each level, whatever their number', () => {
    // More rows than a block, an odd number, and few after many: room is kept from call to call.
    for (const count of [1, 2, 129, 5]) {
      const rows = rowsOf(count);
      const totals = sumsOf(kernel as GammaKernel, rows);
      for (let j = 0; j < POINTS; j++) {
        const forward = FORWARD * Math.exp((j - (POINTS - 1) / 2) * STEP);
        let [sum, gross] = [0, 0];
        for (const [strike, sigma, held, years] of rows) {
          const { gamma } = black76Greeks(forward, strike, years, sigma, 1, 1);
          const each = held * gamma * forward * Math.sqrt(forward);
          sum += each;
          gross += Math.abs(each);
        }
        expect(Math.abs(totals[j] - sum), `${count} rows, level ${j}`).toBeLessThanOrEqual(
          1e-11 * gross + 1e-300,
        );
      }
    }
  });

  test.skipIf(kernel === null)('takes a weight that is not finite for nothing', () => {
    const rows = rowsOf(9);
    const expected = sumsOf(kernel as GammaKernel, rows);
    const totals = sumsOf(kernel as GammaKernel, [...rows, [24_000, 0.2, Number.POSITIVE_INFINITY, 0.1]]);
    expect(totals).toEqual(expected);
  });
});

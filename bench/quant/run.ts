import { cpus, loadavg } from 'node:os';
import {
  createSliceGreeks,
  createSliceSolver,
  fitSvi,
  greeksAt,
  impliedVolatility,
  type KernelName,
  maxPain,
  maxPainCurve,
  putCallRatio,
  type Side,
  type SliceSolver,
  sumFinite,
} from '../../packages/quant/src/index.ts';
import { printReferenceAccuracy } from './accuracy.ts';
import { createChainSet, createSlice, type TestSlice } from './chain-set.ts';
import { loadPackageGreeks, loadPackageSolvers, type PackageSolver } from './npm-packages.ts';
import { rationalGuessIv } from './rational-guess/implied-volatility.ts';
import { byParts, type Candidate, measure, printTable, repeated, type Timing } from './timing.ts';

const KERNELS: readonly KernelName[] = ['plain', 'simd', 'relaxed-simd'];
const PORT = 'rational-guess port, IV';
// A result further off than this is counted as wrong.
const WRONG = 1e-4;

const supported: readonly { kernel: KernelName; solver: SliceSolver }[] = KERNELS.flatMap((kernel) => {
  try {
    return [{ kernel, solver: createSliceSolver(kernel) }];
  } catch {
    console.log(`kernel ${kernel} is not supported by this engine: left out`);
    return [];
  }
});

function rowsOf(set: readonly TestSlice[]): number {
  return set.reduce((sum, slice) => sum + slice.strikes.length, 0);
}

function kernelCandidates(set: readonly TestSlice[]): Candidate[] {
  const items = rowsOf(set);
  const out = createSliceGreeks(Math.max(...set.map((slice) => slice.strikes.length)));
  return supported.flatMap(({ kernel, solver }) => [
    {
      name: `${kernel}, IV`,
      items,
      run: () => {
        for (const slice of set) solver.solveSliceIv(slice, out.iv, out.status);
      },
    },
    {
      name: `${kernel}, IV + 5 greeks`,
      items,
      run: () => {
        for (const slice of set) solver.solveSlice(slice, out);
      },
    },
  ]);
}

function oneByOneCandidate(set: readonly TestSlice[]): Candidate {
  const iv = new Float64Array(Math.max(...set.map((slice) => slice.strikes.length)));
  return {
    name: 'impliedVolatility, one option per call',
    items: rowsOf(set),
    run: () => {
      for (const { forward, yearFraction, discountFactor, strikes, sides, prices } of set) {
        for (let i = 0; i < strikes.length; i++) {
          const side = sides[i] as Side;
          iv[i] = impliedVolatility(prices[i], forward, strikes[i], yearFraction, discountFactor, side).iv;
        }
      }
    },
  };
}

function portCandidate(set: readonly TestSlice[]): Candidate {
  const iv = new Float64Array(Math.max(...set.map((slice) => slice.strikes.length)));
  return {
    name: PORT,
    items: rowsOf(set),
    run: () => {
      for (const { forward, yearFraction, discountFactor, strikes, sides, prices } of set) {
        for (let i = 0; i < strikes.length; i++) {
          iv[i] = rationalGuessIv(prices[i] / discountFactor, forward, strikes[i], yearFraction, sides[i]);
        }
      }
    },
  };
}

function printRatios(title: string, timings: readonly Timing[]): void {
  const port = timings.find(({ name }) => name === PORT)?.nanoseconds ?? Number.NaN;
  const rows = timings.map(({ name, nanoseconds }) => [
    name,
    nanoseconds.toFixed(1),
    (nanoseconds / port).toFixed(3),
  ]);
  printTable(title, ['solver', 'ns per option', 'ratio to port'], rows);
}

/** Worst relative error of the out-of-the-money rows, and rows that are wrong or unsolved, of each solver. */
function printAccuracy(set: readonly TestSlice[]): void {
  const rows: string[][] = [];
  const check = (name: string, solve: (slice: TestSlice) => Float64Array) => {
    let worst = 0;
    let wrong = 0;
    for (const slice of set) {
      const iv = solve(slice);
      slice.sigmas.forEach((sigma, i) => {
        const error = Math.abs(iv[i] / sigma - 1);
        if (!(error <= WRONG)) wrong++;
        if (slice.sides[i] * (slice.forward - slice.strikes[i]) <= 0) worst = Math.max(worst, error);
      });
    }
    rows.push([name, worst.toExponential(1), String(wrong)]);
  };
  const out = createSliceGreeks(200);
  for (const { kernel, solver } of supported) {
    check(kernel, (slice) => {
      solver.solveSlice(slice, out);
      return out.iv;
    });
  }
  check('rational-guess port', ({ forward, yearFraction, discountFactor, strikes, sides, prices }) =>
    prices.map((p, i) => rationalGuessIv(p / discountFactor, forward, strikes[i], yearFraction, sides[i])),
  );
  printTable(
    `Accuracy on the ${rowsOf(set)} rows`,
    ['solver', 'worst error, OTM', `rows off by > ${WRONG}`],
    rows,
  );
}

function solveAll(
  solver: PackageSolver,
  set: readonly TestSlice[],
  step: number,
  visit: (iv: number, sigma: number) => void,
) {
  for (const { forward, yearFraction, discountFactor, strikes, sides, prices, sigmas } of set) {
    const rate = -Math.log(discountFactor) / yearFraction;
    for (let i = 0; i < strikes.length; i += step) {
      visit(
        solver.solve(prices[i], forward * discountFactor, strikes[i], yearFraction, rate, sides[i]),
        sigmas[i],
      );
    }
  }
}

/** Slow packages are timed on every 19th row, which keeps calls and puts mixed. */
async function printPackages(set: readonly TestSlice[]): Promise<void> {
  const step = 19;
  const sampled = set.reduce((sum, slice) => sum + Math.ceil(slice.strikes.length / step), 0);
  const solvers = await loadPackageSolvers();
  const greeks = await loadPackageGreeks();
  let sink = 0;
  const candidates: Candidate[] = solvers.map((solver) => ({
    name: solver.name,
    items: sampled,
    run: () => solveAll(solver, set, step, (iv) => (sink += iv)),
  }));
  if (greeks !== null) {
    candidates.push({
      name: 'greeks (volatility known)',
      items: sampled,
      run: () => {
        for (const slice of set)
          for (let i = 0; i < slice.strikes.length; i += step) sink += greeks(slice, i);
      },
    });
  }
  if (candidates.length === 0) return;
  const timings = measure(candidates, 5);
  const failures = new Map<string, number>();
  for (const solver of solvers) {
    let wrong = 0;
    solveAll(solver, set, 1, (iv, sigma) => {
      if (!(Math.abs(iv / sigma - 1) <= WRONG)) wrong++;
    });
    failures.set(solver.name, wrong);
  }
  const total = rowsOf(set);
  printTable(
    `npm packages, IV one option at a time (rows off by > ${WRONG} of ${total})`,
    ['package', 'ns per option', 'wrong rows', 'share'],
    timings.map(({ name, nanoseconds }) => {
      const wrong = failures.get(name);
      const counts =
        wrong === undefined ? ['-', '-'] : [String(wrong), `${((100 * wrong) / total).toFixed(1)}%`];
      return [name, nanoseconds.toFixed(0), ...counts];
    }),
  );
  if (Number.isNaN(sink)) console.log('(some packages returned NaN)');
}

function printChainFigures(): void {
  const n = 200;
  const strikes = Float64Array.from({ length: n }, (_, i) => 20_000 + 50 * i);
  const callOi = strikes.map((_, i) => (i * 7919) % 4001);
  const putOi = strikes.map((_, i) => (i * 104_729) % 3989);
  const curve = new Float64Array(n);
  const smile = createSlice(24_200, 0.1, 0.14, 1);
  const rows = Array.from({ length: 60 }, (_, i) => 2 * i + 40);
  const points = {
    forward: 24_200,
    yearFraction: 0.1,
    strikes: Float64Array.from(rows, (i) => smile.strikes[i]),
    ivs: Float64Array.from(rows, (i) => smile.sigmas[i] * (1 + 0.01 * Math.sin(i * i))),
  };
  const greeks = createSliceGreeks(smile.strikes.length);
  const timings = measure([
    repeated('greeks at known volatilities, 200 rows', 20, () => greeksAt(smile, greeks)),
    repeated('max pain curve, 200 strikes', 200, () => maxPainCurve(strikes, callOi, putOi, curve)),
    repeated('max pain with its curve, 200 strikes', 200, () => maxPain(strikes, callOi, putOi, curve)),
    repeated('put-call ratio, 200 strikes', 200, () => putCallRatio(sumFinite(putOi), sumFinite(callOi))),
    repeated('SVI fit, 60 points', 4, () => fitSvi(points)),
  ]);
  printTable(
    'Chain figures',
    ['figure', 'microseconds'],
    timings.map(({ name, nanoseconds }) => [name, (nanoseconds / 1000).toFixed(3)]),
  );
}

const set = createChainSet();
const one = [createSlice(24_213.35, 9 / 365, 0.13, 1)];
console.log(
  `Node ${process.version} ${process.arch}, ${cpus()[0].model}, ${cpus().length} cores, load ${loadavg()[0].toFixed(2)}`,
);
printReferenceAccuracy(supported);
printAccuracy(set);
const candidatesOf = (slices: readonly TestSlice[]) => [
  ...kernelCandidates(slices),
  oneByOneCandidate(slices),
  portCandidate(slices),
];
// Short times and long ones in each part.
const PARTS = 15;
const parts = Array.from({ length: PARTS }, (_, k) => set.filter((_slice, i) => i % PARTS === k));
printRatios(
  `Implied volatility, ${rowsOf(set)} rows in ${set.length} chains`,
  measure(byParts(parts.map(candidatesOf)), 40 * PARTS),
);
printRatios('Implied volatility, one chain of 200 rows per call', measure(candidatesOf(one), 600));
printChainFigures();
await printPackages(set);

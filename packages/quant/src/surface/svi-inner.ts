import { type Box, type BoxSolution, type NormalEquations, solveBox } from './bounded-least-squares.ts';

/** Total variances of one expiry that a curve is fitted to. */
export interface SviObservations {
  /** ln(K/F). */
  k: Float64Array;
  variance: Float64Array;
  /** Of each squared error of total variance. */
  weight: Float64Array;
  /** The largest of `variance`. */
  most: number;
}

/** Total variance a curve should not fall below, or rise above, at log-moneyness k; NaN where there is no bound. */
export interface VarianceBounds {
  k: number[];
  floor: number[];
  ceiling: number[];
  /** What all of them count for, times all observations together. */
  share: number;
}

/**
 * Share of a slope of 2 that a wing may reach. What is missing, 2^-50, is more than the six roundings between p and
 * q and b (1 + |rho|), so the parameters returned keep Lee's bound in doubles and not merely in exact arithmetic.
 */
const WITHIN_LEE = 1 - 2 ** -50;

/** How often the set of bounds that are broken is looked at again; a quadratic with hinges settles in two or three. */
const MOST_PASSES = 8;

/**
 * For given m and sigma, w = a + p (r + y) + q (r - y) with y = (k - m)/sigma, r = sqrt(y^2 + 1) is linear in a, p
 * and q, and every constraint is a box: p, q >= 0 keeps |rho| <= 1, and p, q <= sigma keeps the slopes of both
 * wings, 2 p / sigma = b (1 + rho) and 2 q / sigma = b (1 - rho), within Lee's bound of 2, at every step of the
 * search. A bound that is broken adds its squared excess, so that the problem is quadratic between the points
 * where bounds begin to be broken, and is solved by Newton's method. Returns the weighted squares and leaves a, p, q in
 * `solution`.
 */
export function createSviInner(data: SviObservations, bounds: VarianceBounds | null) {
  const { k, variance, weight } = data;
  const highA = bounds ? Math.max(data.most, ...bounds.floor.filter((w) => w >= 0)) : data.most;
  const solution: BoxSolution = { a: 0, p: 0, q: 0, residual: Infinity };
  const weightSum = weight.reduce((sum, c) => sum + c, 0);
  const weighted = weight.map((c, i) => c * variance[i]);
  // What does not depend on m and sigma.
  const equations = noEquations();
  equations.aa = weightSum;
  equations.pq = weightSum;
  equations.ay = weighted.reduce((sum, each) => sum + each, 0);
  equations.yy = weighted.reduce((sum, each, i) => sum + each * variance[i], 0);
  const box: Box = { lowA: -Infinity, highA, most: 0 };
  const hinges = bounds && createHinges(bounds, data);
  function solve(m: number, sigma: number): number {
    const perSigma = 1 / sigma;
    let ap = 0;
    let aq = 0;
    let pp = 0;
    let qq = 0;
    let py = 0;
    let qy = 0;
    for (let i = 0; i < k.length; i++) {
      const y = (k[i] - m) * perSigma;
      const r = Math.sqrt(y * y + 1);
      // r + y and r - y are each other's reciprocal; the larger is the one that is not a difference.
      const larger = r + Math.abs(y);
      const smaller = 1 / larger;
      const sum = y > 0 ? larger : smaller;
      const difference = y > 0 ? smaller : larger;
      const c = weight[i];
      const cw = weighted[i];
      ap += c * sum;
      aq += c * difference;
      pp += c * sum * sum;
      qq += c * difference * difference;
      py += cw * sum;
      qy += cw * difference;
    }
    equations.ap = ap;
    equations.aq = aq;
    equations.pp = pp;
    equations.qq = qq;
    equations.py = py;
    equations.qy = qy;
    box.lowA = -Infinity;
    box.most = sigma * WITHIN_LEE;
    if (!hinges) solveBox(equations, box, solution);
    const bounded = hinges ? hinges.settle(m, sigma, equations, box, solution) : equations;
    // The least total variance of the slice is a + 2 sqrt(p q); a slice that dips below 0 is fitted again above it.
    if (!(solution.a + 2 * Math.sqrt(solution.p * solution.q) >= 0)) {
      box.lowA = 0;
      solveBox(bounded, box, solution);
    }
    return solution.residual;
  }
  return { solve, solution };
}

const noEquations = (): NormalEquations => ({
  aa: 0,
  ap: 0,
  aq: 0,
  pp: 0,
  pq: 0,
  qq: 0,
  ay: 0,
  py: 0,
  qy: 0,
  yy: 0,
});

interface Hinges {
  /** From the solution without bounds to the one with them; returns the equations it solves. */
  settle(m: number, sigma: number, free: NormalEquations, box: Box, solution: BoxSolution): NormalEquations;
}

function createHinges(bounds: VarianceBounds, { variance, weight }: SviObservations): Hinges {
  const { share } = bounds;
  const [k, floor, ceiling] = [bounds.k, bounds.floor, bounds.ceiling].map((each) => Float64Array.from(each));
  const count = k.length;
  // A bound's weight is that of an observation of the same size of total variance: relative errors count alike.
  const relative = weight.reduce((sum, c, i) => sum + c * variance[i] ** 2, 0);
  const scale = (share * relative) / Math.max(1, count);
  const sums = new Float64Array(count);
  const differences = new Float64Array(count);
  /** Places whose bound is broken, ascending, and the bound of each place that is. */
  const broken = new Int32Array(count);
  const targets = new Float64Array(count).fill(Number.NaN);
  let brokenCount = 0;
  const equations = noEquations();

  /** Looks which are broken; false when they are those that were. */
  function look({ a, p, q }: BoxSolution): boolean {
    let changed = false;
    brokenCount = 0;
    for (let i = 0; i < count; i++) {
      const w = a + p * sums[i] + q * differences[i];
      const before = targets[i];
      if (w < floor[i] || w > ceiling[i]) {
        const target = w < floor[i] ? floor[i] : ceiling[i];
        broken[brokenCount++] = i;
        if (target !== before) changed = true;
        targets[i] = target;
      } else if (!Number.isNaN(before)) {
        changed = true;
        targets[i] = Number.NaN;
      }
    }
    return changed;
  }

  /** The equations without bounds and those that are broken. */
  function add(free: NormalEquations): void {
    let { aa, ap, aq, pp, pq, qq, ay, py, qy, yy } = free;
    for (let n = 0; n < brokenCount; n++) {
      const i = broken[n];
      const target = targets[i];
      const s = sums[i];
      const d = differences[i];
      const c = scale / (target * target);
      aa += c;
      ap += c * s;
      aq += c * d;
      pp += c * s * s;
      pq += c * s * d;
      qq += c * d * d;
      ay += c * target;
      py += c * s * target;
      qy += c * d * target;
      yy += c * target * target;
    }
    equations.aa = aa;
    equations.ap = ap;
    equations.aq = aq;
    equations.pp = pp;
    equations.pq = pq;
    equations.qq = qq;
    equations.ay = ay;
    equations.py = py;
    equations.qy = qy;
    equations.yy = yy;
  }

  return {
    settle(m, sigma, free, box, solution) {
      const perSigma = 1 / sigma;
      for (let i = 0; i < count; i++) {
        const y = (k[i] - m) * perSigma;
        const larger = Math.sqrt(y * y + 1) + Math.abs(y);
        sums[i] = y > 0 ? larger : 1 / larger;
        differences[i] = y > 0 ? 1 / larger : larger;
      }
      // What was broken at the point before mostly is at this one.
      for (let pass = 0; pass < MOST_PASSES; pass++) {
        add(free);
        solveBox(equations, box, solution);
        if (!look(solution)) break;
      }
      return equations;
    },
  };
}

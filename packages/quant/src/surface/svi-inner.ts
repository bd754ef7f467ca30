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
  const equations: NormalEquations = { aa: 0, ap: 0, aq: 0, pp: 0, pq: 0, qq: 0, ay: 0, py: 0, qy: 0, yy: 0 };
  const solution: BoxSolution = { a: 0, p: 0, q: 0, residual: Infinity };
  const weightSum = weight.reduce((sum, c) => sum + c, 0);
  const hinges = bounds && createHinges(bounds, data);
  function solve(m: number, sigma: number): number {
    let [ap, aq, pp, qq, ay, py, qy, yy] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < k.length; i++) {
      const y = (k[i] - m) / sigma;
      const r = Math.sqrt(y * y + 1);
      // r + y and r - y are each other's reciprocal; the larger is the one that is not a difference.
      const larger = r + Math.abs(y);
      const smaller = 1 / larger;
      const sum = y > 0 ? larger : smaller;
      const difference = y > 0 ? smaller : larger;
      const c = weight[i];
      const cw = c * variance[i];
      ap += c * sum;
      aq += c * difference;
      pp += c * sum * sum;
      qq += c * difference * difference;
      ay += cw;
      py += cw * sum;
      qy += cw * difference;
      yy += cw * variance[i];
    }
    Object.assign(equations, { aa: weightSum, ap, aq, pp, pq: weightSum, qq, ay, py, qy, yy });
    const box = { lowA: -Infinity, highA, most: sigma * WITHIN_LEE };
    if (!hinges) solveBox(equations, box, solution);
    const bounded = hinges ? hinges.settle(m, sigma, equations, box, solution) : equations;
    // The least total variance of the slice is a + 2 sqrt(p q); a slice that dips below 0 is fitted again above it.
    if (!(solution.a + 2 * Math.sqrt(solution.p * solution.q) >= 0)) {
      solveBox(bounded, { ...box, lowA: 0 }, solution);
    }
    return solution.residual;
  }
  return { solve, solution };
}

interface Hinges {
  /** From the solution without bounds to the one with them; returns the equations it solves. */
  settle(m: number, sigma: number, free: NormalEquations, box: Box, solution: BoxSolution): NormalEquations;
}

function createHinges(
  { k, floor, ceiling, share }: VarianceBounds,
  { variance, weight }: SviObservations,
): Hinges {
  const count = k.length;
  // A bound's weight is that of an observation of the same size of total variance: relative errors count alike.
  const relative = weight.reduce((sum, c, i) => sum + c * variance[i] ** 2, 0);
  const scale = (share * relative) / Math.max(1, count);
  const [sums, differences] = [new Float64Array(count), new Float64Array(count)];
  /** The bound that each place breaks; NaN for none. */
  const targets = new Float64Array(count).fill(Number.NaN);
  const equations: NormalEquations = { aa: 0, ap: 0, aq: 0, pp: 0, pq: 0, qq: 0, ay: 0, py: 0, qy: 0, yy: 0 };

  /** Looks which are broken; false when they are those that were. */
  function broken({ a, p, q }: BoxSolution): boolean {
    let changed = false;
    for (let i = 0; i < count; i++) {
      const w = a + p * sums[i] + q * differences[i];
      const target = w < floor[i] ? floor[i] : w > ceiling[i] ? ceiling[i] : Number.NaN;
      if (!Object.is(target, targets[i])) changed = true;
      targets[i] = target;
    }
    return changed;
  }

  /** The equations without bounds and those that are broken. */
  function add(free: NormalEquations): void {
    let { aa, ap, aq, pp, pq, qq, ay, py, qy, yy } = free;
    for (let i = 0; i < count; i++) {
      const target = targets[i];
      if (Number.isNaN(target)) continue;
      const [s, d, c] = [sums[i], differences[i], scale / (target * target)];
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
    Object.assign(equations, { aa, ap, aq, pp, pq, qq, ay, py, qy, yy });
  }

  return {
    settle(m, sigma, free, box, solution) {
      for (let i = 0; i < count; i++) {
        const y = (k[i] - m) / sigma;
        const larger = Math.sqrt(y * y + 1) + Math.abs(y);
        sums[i] = y > 0 ? larger : 1 / larger;
        differences[i] = y > 0 ? 1 / larger : larger;
      }
      // What was broken at the point before mostly is at this one.
      for (let pass = 0; pass < MOST_PASSES; pass++) {
        add(free);
        solveBox(equations, box, solution);
        if (!broken(solution)) break;
      }
      return equations;
    },
  };
}

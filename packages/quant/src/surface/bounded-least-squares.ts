/**
 * Normal equations of weighted least squares in three unknowns (a, p, q): sums of weight x product of the three
 * regressors, of which a's is 1, with each other and with the observation y.
 */
export interface NormalEquations {
  aa: number;
  ap: number;
  aq: number;
  pp: number;
  pq: number;
  qq: number;
  ay: number;
  py: number;
  qy: number;
  yy: number;
}

/** Bounds of a, and the common bounds 0 and `most` of p and q. */
export interface Box {
  lowA: number;
  highA: number;
  most: number;
}

export interface BoxSolution {
  a: number;
  p: number;
  q: number;
  /** Residual sum of squares. */
  residual: number;
}

function clamp(x: number, most: number): number {
  // Also turns the NaN of a vanishing regressor into 0.
  return x > 0 ? Math.min(x, most) : 0;
}

function consider(e: NormalEquations, a: number, p: number, q: number, best: BoxSolution): void {
  const residual =
    e.yy -
    2 * (e.ay * a + e.py * p + e.qy * q) +
    (e.aa * a + 2 * (e.ap * p + e.aq * q)) * a +
    (e.pp * p + 2 * e.pq * q) * p +
    e.qq * q * q;
  if (!(residual < best.residual)) return;
  best.a = a;
  best.p = p;
  best.q = q;
  best.residual = residual;
}

/**
 * Minimises over p and q in their box, a being fixed at `fixedA` or, when that is NaN, free. A convex function on a
 * square has its minimum inside, or on one of the four edges at the clamped minimum of that edge.
 */
function solveSquare(e: NormalEquations, fixedA: number, most: number, best: BoxSolution): void {
  const free = Number.isNaN(fixedA);
  const pp = free ? e.pp - (e.ap * e.ap) / e.aa : e.pp;
  const pq = free ? e.pq - (e.ap * e.aq) / e.aa : e.pq;
  const qq = free ? e.qq - (e.aq * e.aq) / e.aa : e.qq;
  const py = free ? e.py - (e.ap * e.ay) / e.aa : e.py - e.ap * fixedA;
  const qy = free ? e.qy - (e.aq * e.ay) / e.aa : e.qy - e.aq * fixedA;
  const level = (p: number, q: number) => (free ? (e.ay - e.ap * p - e.aq * q) / e.aa : fixedA);
  const determinant = pp * qq - pq * pq;
  const p = (py * qq - qy * pq) / determinant;
  const q = (qy * pp - py * pq) / determinant;
  if (determinant > 1e-13 * pp * qq && p >= 0 && p <= most && q >= 0 && q <= most) {
    consider(e, level(p, q), p, q, best);
    return;
  }
  for (let edge = 0; edge < 2; edge++) {
    const held = edge * most;
    const pFree = clamp((py - pq * held) / pp, most);
    consider(e, level(pFree, held), pFree, held, best);
    const qFree = clamp((qy - pq * held) / qq, most);
    consider(e, level(held, qFree), held, qFree, best);
  }
}

/**
 * Least squares in three unknowns within a box, exactly. Where the best a of the problem without its bounds is
 * outside them, the solution is on the nearer one, the problem being convex.
 *
 * @param best receives the solution; its `residual` is Infinity when nothing is finite.
 */
export function solveBox(equations: NormalEquations, box: Box, best: BoxSolution): void {
  best.residual = Infinity;
  solveSquare(equations, NaN, box.most, best);
  if (best.a >= box.lowA && best.a <= box.highA) return;
  const fixed = best.a < box.lowA ? box.lowA : box.highA;
  best.residual = Infinity;
  solveSquare(equations, fixed, box.most, best);
}

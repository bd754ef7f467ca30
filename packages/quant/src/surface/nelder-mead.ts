export interface PlaneMinimum {
  x: number;
  y: number;
  value: number;
}

const MAX_EVALUATIONS = 160;

/**
 * Local minimum of a function of two variables by the downhill simplex of Nelder and Mead.
 *
 * @param tolerance stop when the simplex's values agree to this relative difference; a sum of squares that is a
 * difference of larger sums is not known much better than the default
 * Source: J. Nelder, R. Mead, "A simplex method for function minimization", Computer Journal 7 (1965).
 */
export function minimisePlane(
  f: (x: number, y: number) => number,
  x: number,
  y: number,
  stepX: number,
  stepY: number,
  tolerance = 1e-10,
): PlaneMinimum {
  const point = (px: number, py: number): PlaneMinimum => {
    evaluations++;
    return { x: px, y: py, value: f(px, py) };
  };
  let evaluations = 0;
  const simplex = [point(x, y), point(x + stepX, y), point(x, y + stepY)];
  while (evaluations < MAX_EVALUATIONS) {
    simplex.sort((p, q) => p.value - q.value);
    const [best, middle, worst] = simplex;
    if (worst.value - best.value <= tolerance * Math.abs(best.value)) break;
    const centreX = 0.5 * (best.x + middle.x);
    const centreY = 0.5 * (best.y + middle.y);
    const along = (t: number) => point(centreX + t * (worst.x - centreX), centreY + t * (worst.y - centreY));
    const reflected = along(-1);
    if (reflected.value < best.value) {
      const expanded = along(-2);
      simplex[2] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < middle.value) {
      simplex[2] = reflected;
    } else {
      const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
      if (contracted.value < Math.min(worst.value, reflected.value)) simplex[2] = contracted;
      else {
        simplex[1] = point(0.5 * (best.x + middle.x), 0.5 * (best.y + middle.y));
        simplex[2] = point(0.5 * (best.x + worst.x), 0.5 * (best.y + worst.y));
      }
    }
  }
  return simplex.reduce((p, q) => (q.value < p.value ? q : p));
}

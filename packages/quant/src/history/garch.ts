/** h_t = omega + alpha r_(t-1)^2 + beta h_(t-1). */
export interface GarchParameters {
  readonly omega: number;
  readonly alpha: number;
  readonly beta: number;
}

export interface GarchFit extends GarchParameters {
  /** Gaussian log-likelihood of the returns. */
  readonly logLikelihood: number;
  /** Conditional variance of the return that follows the last one. */
  readonly nextVariance: number;
}

/** Fewest returns for a fit: three parameters from fewer say nothing. */
const LEAST_RETURNS = 20;
/** alpha + beta, omega being what is left of returns of unit variance. */
const START_PERSISTENCES = [0.5, 0.7, 0.9, 0.98];
const START_ALPHAS = [0.005, 0.05, 0.1, 0.2];
/** Almost no omega: a variance that falls from its start all along. */
const EDGE: Point = [Math.log(1e-4), logit(0.99), logit(0.005)];
const MAX_STEPS = 150;
/** Of each of the three numbers that are searched; beyond a step of e^3 nothing is known. */
const LONGEST_STEP = 3;
const MOST_DAMPING = 1e6;
/** Relative to the log-likelihood, a step that gains less is the last. */
const TOLERANCE = 1e-13;
const BACKCAST_RETURNS = 75;
const BACKCAST_DECAY = 0.94;

/**
 * GARCH(1,1) of returns without a mean, by maximum likelihood under normal innovations. The variance before the first
 * return is a mean of the first 75 squares that decays by 0.94. Stationary: alpha + beta < 1.
 *
 * @param returns oldest first
 * @returns null for fewer than 20 returns, or when all are 0 or one is not finite.
 * Source: T. Bollerslev (1986), Journal of Econometrics 31.
 */
export function fitGarch(returns: Float64Array): GarchFit | null {
  const scale = Math.sqrt(returns.reduce((sum, value) => sum + value * value, 0) / returns.length);
  if (returns.length < LEAST_RETURNS || !(scale > 0 && scale < Infinity)) return null;
  // Of unit variance, so that steps of the search are alike whatever the market.
  const model = garchModel(returns.map((value) => value / scale));
  // A likelihood can have two maxima, of which one is at the edge.
  const point = likelier(model.starts().map((start) => climb(start, model.stepFrom)));
  const { omega, alpha, beta } = parametersOf(point.at);
  return {
    omega: omega * scale * scale,
    alpha,
    beta,
    logLikelihood: point.logLikelihood - returns.length * Math.log(scale),
    nextVariance: point.nextVariance * scale * scale,
  };
}

const likelier = (points: readonly Evaluated[]): Evaluated =>
  points.reduce((best, each) => (each.logLikelihood > best.logLikelihood ? each : best));

/** The maximum that steps uphill lead to. */
function climb(
  start: Evaluated,
  stepFrom: (from: Evaluated, damping: number) => Evaluated | null,
): Evaluated {
  let point = start;
  let damping = 1e-3;
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = stepFrom(point, damping);
    const gain = (next?.logLikelihood ?? Number.NaN) - point.logLikelihood;
    if (next === null || !(gain > 0)) {
      if (damping > MOST_DAMPING) break;
      damping *= 10;
      continue;
    }
    point = next;
    if (gain <= TOLERANCE * Math.abs(point.logLikelihood) && damping <= 1) break;
    damping = Math.max(1e-9, damping / 10);
  }
  return point;
}

/** Log-likelihood of returns and the variance that follows them, at given parameters. Definitions as `fitGarch`. */
export function garchVariance(
  returns: Float64Array,
  { omega, alpha, beta }: GarchParameters,
): Pick<GarchFit, 'logLikelihood' | 'nextVariance'> {
  let variance = omega + (alpha + beta) * backcast(returns);
  let sum = 0;
  for (const value of returns) {
    sum += Math.log(variance) + (value * value) / variance;
    variance = omega + alpha * value * value + beta * variance;
  }
  return {
    logLikelihood: -0.5 * (sum + returns.length * Math.log(2 * Math.PI)),
    nextVariance: variance,
  };
}

/** Mean variance of the next `horizon` returns. */
export function garchForecast(
  { omega, alpha, beta, nextVariance }: GarchParameters & Pick<GarchFit, 'nextVariance'>,
  horizon: number,
): number {
  let variance = nextVariance;
  let sum = 0;
  for (let i = 0; i < horizon; i++) {
    sum += variance;
    variance = omega + (alpha + beta) * variance;
  }
  return sum / horizon;
}

function backcast(returns: Float64Array): number {
  const count = Math.min(BACKCAST_RETURNS, returns.length);
  let weighted = 0;
  let weights = 0;
  for (let i = 0; i < count; i++) {
    const weight = BACKCAST_DECAY ** i;
    weighted += weight * returns[i] * returns[i];
    weights += weight;
  }
  return weighted / weights;
}

/** ln omega, and the logits of alpha + beta and of the share that alpha has of it: any three numbers are valid. */
type Point = readonly [number, number, number];
interface Evaluated {
  readonly at: Point;
  readonly logLikelihood: number;
  readonly nextVariance: number;
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

function parametersOf([logOmega, persistence, share]: Point): GarchParameters {
  const sum = logistic(persistence);
  return { omega: Math.exp(logOmega), alpha: sum * logistic(share), beta: sum * logistic(-share) };
}

function garchModel(returns: Float64Array) {
  const before = backcast(returns);
  const evaluate = (at: Point): Evaluated => ({ at, ...garchVariance(returns, parametersOf(at)) });

  return {
    /** The likeliest of a grid, and the edge. */
    starts(): Evaluated[] {
      const grid = START_PERSISTENCES.flatMap((sum) =>
        START_ALPHAS.map((alpha) => evaluate([Math.log(1 - sum), logit(sum), logit(alpha / sum)])),
      );
      return [likelier(grid), evaluate(EDGE)];
    },

    /**
     * One damped step of scoring: the gradient by the expected information, half the sum of (dh/h)(dh/h)'. Null where
     * the system cannot be solved.
     */
    stepFrom({ at }: Evaluated, damping: number): Evaluated | null {
      const { omega, alpha, beta } = parametersOf(at);
      const sum = alpha + beta;
      const [withSum, withShare] = [1 - sum, (alpha * beta) / sum];
      let variance = omega + sum * before;
      // Derivatives of the variance with ln omega, with the logit of the sum, and with that of the share.
      let d0 = omega;
      let d1 = sum * withSum * before;
      let d2 = 0;
      const gradient = [0, 0, 0];
      const information = [0, 0, 0, 0, 0, 0];
      for (const value of returns) {
        const square = value * value;
        const [e0, e1, e2] = [d0 / variance, d1 / variance, d2 / variance];
        const score = 0.5 * (square / variance - 1);
        gradient[0] += score * e0;
        gradient[1] += score * e1;
        gradient[2] += score * e2;
        information[0] += 0.5 * e0 * e0;
        information[1] += 0.5 * e0 * e1;
        information[2] += 0.5 * e0 * e2;
        information[3] += 0.5 * e1 * e1;
        information[4] += 0.5 * e1 * e2;
        information[5] += 0.5 * e2 * e2;
        d0 = omega + beta * d0;
        d1 = withSum * (alpha * square + beta * variance) + beta * d1;
        d2 = withShare * (square - variance) + beta * d2;
        variance = omega + alpha * square + beta * variance;
      }
      const [a, b, c, d, e, f] = information;
      const more = 1 + damping;
      const tiny = 1e-12 * (a + d + f);
      const step = solveSymmetric([a * more + tiny, b, c, d * more + tiny, e, f * more + tiny], gradient);
      if (step === null) return null;
      const shorter = Math.min(1, LONGEST_STEP / Math.max(...step.map(Math.abs)));
      return evaluate([at[0] + shorter * step[0], at[1] + shorter * step[1], at[2] + shorter * step[2]]);
    },
  };
}

/** Solves [[a, b, c], [b, d, e], [c, e, f]] x = y, positive definite; null where it is not. */
function solveSymmetric(
  [a, b, c, d, e, f]: readonly number[],
  [y0, y1, y2]: readonly number[],
): Point | null {
  const [l10, l20] = [b / a, c / a];
  const pivot1 = d - l10 * b;
  const l21 = (e - l20 * b) / pivot1;
  const pivot2 = f - l20 * c - l21 * l21 * pivot1;
  if (!(a > 0 && pivot1 > 0 && pivot2 > 0)) return null;
  const z1 = y1 - l10 * y0;
  const x2 = (y2 - l20 * y0 - l21 * z1) / pivot2;
  const x1 = z1 / pivot1 - l21 * x2;
  return [y0 / a - l10 * x1 - l20 * x2, x1, x2];
}

import { UNSOLVED } from '../batch-kernel.ts';
import type { SliceGreeks, VolatilitySlice } from '../slice.ts';
import { A, BETA, DECAY, PER_ROOT, PHI, PREMIUM, Q, RECORD, S, STEP, TAU, U, X } from './plain-record.ts';

/** What a batch of options is, without prices or volatilities. */
type OptionColumns = Omit<VolatilitySlice, 'sigmas' | 'count'>;

/**
 * Fourth pass: the five greeks, carried from where the last step began to the solution by the Taylor series of the
 * vega and of the sum S of the two normal probabilities; no exponential, logarithm or normal distribution more.
 */
export function differentiateRows(
  slice: OptionColumns,
  from: number,
  to: number,
  records: Float64Array,
  out: SliceGreeks,
): void {
  const { forward, yearFraction, discountFactor, strikes, sides } = slice;
  const rootT = Math.sqrt(yearFraction);
  const rate = -Math.log(discountFactor) / yearFraction;
  const perForward2 = 1 / (forward * forward);
  for (let i = from, r = 0; i < to; i++, r += RECORD) {
    if (out.status[i] === UNSOLVED) continue;
    const x = records[r + X];
    const s = records[r + S];
    const step = records[r + STEP];
    const u = records[r + U];
    const tau = records[r + TAU];
    const phi = records[r + PHI];
    const perRoot = records[r + PER_ROOT];
    const z = 0.25 * x * x;
    const ht = 0.5 * tau;
    let h = 1 / 2184;
    let d = 0;
    if (s >= 0.12) {
      for (let j = s < 0.41 ? 6 : s < 0.89 ? 8 : 17; j > 4; j--) {
        h = (1 / (2 * j + 4) + z * h) / ((2 * j + 2) * (2 * j + 3));
        d = h - (ht / (j + 1)) * d;
      }
    }
    h = (1 / 12 + z * h) * (1 / 110);
    d = h - ht * (1 / 5) * d;
    h = (1 / 10 + z * h) * (1 / 72);
    d = h - ht * (1 / 4) * d;
    h = (1 / 8 + z * h) * (1 / 42);
    d = h - ht * (1 / 3) * d;
    h = (1 / 6 + z * h) * (1 / 20);
    d = h - ht * (1 / 2) * d;
    h = (1 / 4 + z * h) * (1 / 6);
    d = h - ht * d;
    const mills =
      ((((((((((6.559319478718056e-7 * u + 1.9874029324858083e-5) * u + 0.0002972538304962905) * u +
        0.0028486200726357907) *
        u +
        0.019213427587534318) *
        u +
        0.09487996044464318) *
        u +
        0.34681893688400384) *
        u +
        0.9275134373692685) *
        u +
        1.7440968025766839) *
        u +
        2.100879582537066) *
        u +
        1.2533141373155008) /
      records[r + Q];

    const u2 = u * u;
    const k2 = u2 - tau;
    const k3 = k2 * k2 - 3 * u2 - tau;
    const bend = 3 * u2 + tau;
    const vega0 = phi * records[r + DECAY];
    const v3 = k2 * (k2 * k2 - 3 * bend) + 12 * u2;
    const normalVega = vega0 * (1 + step * (k2 + step * (0.5 * k3 + step * v3 * (1 / 6))));
    const lean = k2 - 2;
    const sum0 = 2 * phi * (mills - 0.25 * x * s * (records[r + A] * (0.5 + z * h) - tau * d));
    const sum =
      sum0 + 2 * vega0 * u * step * (1 + step * (0.5 * lean + step * (1 / 6) * (lean * lean - bend + 2)));

    const strike = strikes[i];
    const side = sides[i];
    const price = records[r + PREMIUM];
    const inTheMoney = side * (forward - strike) > 0;
    const otmSide = inTheMoney ? -side : side;
    const solved = s + s * step;
    const probability = 0.5 * (sum + otmSide * records[r + BETA]) * (strike * perRoot);
    const currencyVega = discountFactor * (forward * strike * perRoot) * normalVega;
    out.delta[i] = discountFactor * (otmSide * probability + (inTheMoney ? side : 0));
    out.gamma[i] = (currencyVega * perForward2) / solved;
    out.vega[i] = currencyVega * rootT;
    out.theta[i] = (rate * price - (0.5 * currencyVega * solved) / yearFraction) * (1 / 365);
    out.rho[i] = -yearFraction * price;
  }
}

import { UNSOLVED } from '../batch-kernel.ts';
import { A, BRACKET, DECAY, INVERSE_POWERS, PHI, Q, RECORD, S, TAU, U, X } from './plain-record.ts';

const MAX_S = 2;
const MIN_S = 1e-100;
const MAX_U = 16;

/**
 * The model at the s of each record: the normalised out-of-the-money price b(x, s) = s phi(u) BRACKET, with the
 * parts that the step and the greeks are made of. Free of cancellation; one exponential. Rows whose s is 2 or more,
 * or that are more than 16 deviations from the money, become `UNSOLVED`.
 *
 * @param first index of the record of row `from`, in doubles
 */
export function evaluateRows(
  from: number,
  to: number,
  records: Float64Array,
  first: number,
  status: Uint8Array,
): void {
  for (let i = from, r = first; i < to; i++, r += RECORD) {
    if (status[i] === UNSOLVED) continue;
    const x = records[r + X];
    const s = records[r + S];
    if (!(s < MAX_S && s > MIN_S && x < MAX_U * s)) {
      status[i] = UNSOLVED;
      continue;
    }
    const z = 0.25 * x * x;
    const u = x / s;
    const u2 = u * u;
    const tau = 0.25 * s * s;
    const q =
      ((((((((((6.559319478718056e-7 * u + 1.9874029324858083e-5) * u + 0.0002979097624437841) * u +
        0.002868494102013041) *
        u +
        0.01950936955071765) *
        u +
        0.09768883259854497) *
        u +
        0.3654444120849583) *
        u +
        1.0168949859934862) *
        u +
        2.0554113833345213) *
        u +
        2.865669165295329) *
        u +
        2.4741439438151778) *
        u +
      1.0;
    const a =
      (((((((((6.559319474936013e-7 * u + 1.987402937725011e-5) * u + 0.0002959419631833326) * u +
        0.0028088721539017924) *
        u +
        0.01862547520095449) *
        u +
        0.08938154862421764) *
        u +
        0.3113145807578377) *
        u +
        0.7647895827582628) *
        u +
        1.2208298064996772) *
        u +
        1.0) /
      q;

    const power = -0.5 * u2;
    const n = (power * Math.LOG2E - 0.5) | 0;
    const t = power - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
    const t2 = t * t;
    const tail =
      ((((((2.5114877633278033e-8 * t + 2.7625394543742223e-7) * t + 2.7557226763837998e-6) * t +
        2.480150816042856e-5) *
        t +
        0.00019841269904160086) *
        t +
        0.0013888888927219164) *
        t +
        0.008333333333314255) *
        t +
      0.041666666666602896;
    const exp = (1 + (t + t2 * (0.5 + t * 0.16666666666666685 + t2 * tail))) * INVERSE_POWERS[-n & 255];
    const phi = 0.3989422804014327 * exp;

    // sinh(xi)/xi and P by one backward recurrence; a larger s needs more of its terms.
    const ht = 0.5 * tau;
    let g = 1 / 156;
    let p = 0;
    let decay = 0;
    if (s < 0.41) {
      decay =
        (((((2.1476617519873424e-5 * tau - 0.00026040387553424827) * tau + 0.0026041663082733923) * tau -
          0.02083333332825474) *
          tau +
          0.1249999999999669) *
          tau -
          0.49999999999999994) *
          tau +
        1.0;
    } else if (s < 0.89) {
      decay =
        ((((((-1.4744018288891143e-6 * tau + 2.1677009032847156e-5) * tau - 0.00026041257944186207) * tau +
          0.0026041662894604562) *
          tau -
          0.020833333314670674) *
          tau +
          0.12499999999956346) *
          tau -
          0.49999999999999656) *
          tau +
        1.0;
    } else {
      decay = Math.exp(-ht);
    }
    if (s >= 0.12) {
      for (let j = s < 0.41 ? 6 : s < 0.89 ? 8 : 17; j > 4; j--) {
        g = (1 + z * g) / ((2 * j + 2) * (2 * j + 3));
        p = g - (ht / (j + 1)) * p;
      }
    }
    g = (1 + z * g) * (1 / 110);
    p = g - ht * (1 / 5) * p;
    g = (1 + z * g) * (1 / 72);
    p = g - ht * (1 / 4) * p;
    g = (1 + z * g) * (1 / 42);
    p = g - ht * (1 / 3) * p;
    g = (1 + z * g) * (1 / 20);
    p = g - ht * (1 / 2) * p;
    g = (1 + z * g) * (1 / 6);
    p = g - ht * p;
    const bracket = a * (1 + z * g) - tau * p;

    records[r + U] = u;
    records[r + TAU] = tau;
    records[r + A] = a;
    records[r + Q] = q;
    records[r + PHI] = phi;
    records[r + DECAY] = decay;
    records[r + BRACKET] = bracket;
  }
}

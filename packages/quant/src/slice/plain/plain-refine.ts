import { UNSOLVED } from '../batch-kernel.ts';
import { evaluateRows } from './plain-model.ts';
import { BETA, BRACKET, DECAY, PHI, RECORD, S, STEP, TAU, U } from './plain-record.ts';

const MAX_STEPS = 4;
const FAR_STEP = 1.5e-4;

/**
 * Third pass: one fourth-order (Householder) step on ln(price) per evaluated row, and another wherever the price was
 * off by more than `farError` or s moved by more than 1.5e-4 of itself. Writes the volatility and leaves in the
 * record where the last step began, for the greeks.
 *
 * @returns how many rows are `UNSOLVED` after this pass.
 */
export function refineRows(
  from: number,
  to: number,
  records: Float64Array,
  status: Uint8Array,
  iv: Float64Array,
  perRootT: number,
  farError: number,
): number {
  let unsolved = 0;
  for (let i = from, r = 0; i < to; i++, r += RECORD) {
    for (let steps = 1; status[i] !== UNSOLVED; steps++) {
      const s = records[r + S];
      const u = records[r + U];
      const tau = records[r + TAU];
      const phi = records[r + PHI];
      const decay = records[r + DECAY];
      const bracket = records[r + BRACKET];
      // One reciprocal serves 1/b, b/v and v/b.
      const scale = s * phi;
      const model = scale * bracket;
      const reciprocal = 1 / (model * decay);
      const error = (records[r + BETA] - model) * (reciprocal * decay);
      const inverse = reciprocal * scale * decay * decay;
      const ratio = reciprocal * scale * bracket * bracket;
      const u2 = u * u;
      const k2 = u2 - tau;
      const k3 = k2 * k2 - 3 * u2 - tau;
      const nu = ratio * (error * (1 - error * (0.5 - error * (1 / 3 - error * (0.25 - error * 0.2)))));
      const h2 = k2 - inverse;
      const h3 = k3 + inverse * (2 * inverse - 3 * k2);
      const step = nu * (1 + nu * (-0.5 * h2 + nu * (0.5 * h2 * h2 - h3 * (1 / 6))));
      const solved = s + s * step;
      if (Math.abs(error) <= farError && Math.abs(step) <= FAR_STEP) {
        iv[i] = solved * perRootT;
        records[r + STEP] = step;
        break;
      }
      if (steps < MAX_STEPS && solved > 0) {
        records[r + S] = solved;
        evaluateRows(i, i + 1, records, r, status);
      } else status[i] = UNSOLVED;
    }
    if (status[i] === UNSOLVED) unsolved++;
  }
  return unsolved;
}

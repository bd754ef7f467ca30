import { INV_SQRT_2PI } from '../../black/mills.ts';
import { instantiateSimd } from '../../slice/simd/simd-instance.ts';

/** Contracts that are re-priced, by row. */
export interface GammaRows {
  /** ln(forward / strike) at the current level. */
  readonly x: Float64Array;
  /** Total deviation, > 0. */
  readonly s: Float64Array;
  /** side x discount factor x open interest x sqrt(strike). */
  readonly weight: Float64Array;
}

/**
 * Sums gamma over the levels of a grid. The logarithm of forward / strike moves there by equal steps h, and gamma is a
 * normal density in it: from one level to the next it is multiplied by a ratio, and the ratio by e^(-h^2 / s^2). A row
 * starts at the level nearest its strike, where it is largest, and goes both ways, so that nothing that counts is lost to
 * underflow.
 */
export interface GammaKernel {
  /** Columns for at least so many rows, to be filled; those of the last call. */
  rowsFor(count: number): GammaRows;
  /**
   * Adds gamma x F^2, without sqrt(F), of the first `count` rows at each level.
   *
   * @param totals by level, ascending, the current one in the middle
   * @param step of ln(level) from one level to the next
   */
  addGamma(count: number, totals: Float64Array, step: number): void;
}

export function createPlainGammaKernel(): GammaKernel {
  const columnsOf = (count: number): GammaRows => ({
    x: new Float64Array(count),
    s: new Float64Array(count),
    weight: new Float64Array(count),
  });
  let rows = columnsOf(0);
  return {
    rowsFor(count) {
      if (rows.x.length < count) rows = columnsOf(count);
      return rows;
    },
    addGamma(count, totals, step) {
      const { x, s, weight } = rows;
      for (let i = 0; i < count; i++) addRow(totals, step, x[i], s[i], weight[i]);
    },
  };
}

function addRow(totals: Float64Array, step: number, x: number, s: number, weight: number): void {
  const last = totals.length - 1;
  const peak = Math.min(last, Math.max(0, Math.round(last / 2 - x / step)));
  const atPeak = x + (peak - last / 2) * step;
  const perVariance = 1 / (s * s);
  const density = INV_SQRT_2PI * Math.exp(-0.5 * (atPeak * atPeak * perVariance + 0.25 * s * s));
  const most = (weight * density) / s;
  if (!Number.isFinite(most)) return;
  totals[peak] += most;
  const half = -0.5 * step * step * perVariance;
  const tilt = atPeak * step * perVariance;
  let upRatio = Math.exp(half - tilt);
  let downRatio = Math.exp(half + tilt);
  const narrowing = Math.exp(2 * half);
  let [up, down] = [most, most];
  // Two chains of products at a time: each alone would wait for its own last product.
  const both = Math.min(peak, last - peak);
  for (let j = 1; j <= both; j++) {
    up *= upRatio;
    down *= downRatio;
    upRatio *= narrowing;
    downRatio *= narrowing;
    totals[peak + j] += up;
    totals[peak - j] += down;
  }
  for (let j = peak + both + 1; j <= last; j++) {
    up *= upRatio;
    upRatio *= narrowing;
    totals[j] += up;
  }
  for (let j = peak - both - 1; j >= 0; j--) {
    down *= downRatio;
    downRatio *= narrowing;
    totals[j] += down;
  }
}

const PAGE_BYTES = 65536;
const DOUBLE_BYTES = 8;

/**
 * The same in WebAssembly, two levels at a time. Without fused multiply-add: its digits are those of every machine.
 *
 * @returns null where the engine cannot run it.
 */
export function createSimdGammaKernel(): GammaKernel | null {
  const simd = instantiateSimd(false);
  if (simd === null) return null;
  const { memory } = simd;
  const first = simd.firstFreeByte.value;
  /** Rows and levels that there is room for; the levels lie behind the rows. */
  let [room, points] = [0, 0];
  let rows: GammaRows = { x: new Float64Array(0), s: new Float64Array(0), weight: new Float64Array(0) };
  let levels = new Float64Array(0);
  const columnAt = (index: number) => first + DOUBLE_BYTES * room * index;

  function layOut(leastRows: number, leastPoints: number): void {
    if (leastRows <= room && leastPoints <= points) return;
    room = Math.max(room, leastRows + (leastRows & 1));
    points = Math.max(points, leastPoints);
    // One double before the first level and one after the last.
    const end = columnAt(3) + DOUBLE_BYTES * (points + 2);
    if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES));
    const column = (index: number) => new Float64Array(memory.buffer, columnAt(index), room);
    rows = { x: column(0), s: column(1), weight: column(2) };
    levels = new Float64Array(memory.buffer, columnAt(3) + DOUBLE_BYTES, points);
  }

  return {
    rowsFor(count) {
      layOut(count, points);
      return rows;
    },
    addGamma(count, totals, step) {
      layOut(count, totals.length);
      // An odd last row is joined by one of nothing.
      if ((count & 1) !== 0) [rows.x[count], rows.s[count], rows.weight[count]] = [0, 1, 0];
      levels.set(totals);
      simd.addGamma(
        count + (count & 1),
        columnAt(0),
        columnAt(1),
        columnAt(2),
        columnAt(3) + DOUBLE_BYTES,
        totals.length,
        step,
      );
      for (let j = 0; j < totals.length; j++) totals[j] = levels[j];
    },
  };
}

let chosen: GammaKernel | null = null;

/** The one of this process; it is compiled at the first call. */
export function gammaKernel(): GammaKernel {
  chosen ??= createSimdGammaKernel() ?? createPlainGammaKernel();
  return chosen;
}

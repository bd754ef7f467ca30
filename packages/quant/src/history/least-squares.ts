export interface LeastSquares {
  readonly coefficients: readonly number[];
  /** Sum of squared residuals over rows less columns; 0 when there are as many of both. */
  readonly residualVariance: number;
}

/**
 * Ordinary least squares by Householder reflections.
 *
 * @param rows row after row of `width` regressors
 * @returns null when there are fewer rows than columns, or a column depends on others.
 */
export function leastSquares(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  width: number,
): LeastSquares | null {
  const count = rows.length;
  if (count < width) return null;
  const columns = Array.from({ length: width }, (_, j) => Float64Array.from(rows, (row) => row[j]));
  const y = Float64Array.from(targets);
  const diagonal: number[] = [];
  for (const [j, column] of columns.entries()) {
    const norm = normFrom(column, j);
    if (!(norm > 1e-12 * normFrom(column, 0))) return null;
    const head = column[j] > 0 ? -norm : norm;
    diagonal.push(head);
    column[j] -= head;
    // The reflection's own vector lies in the column; 2 / v'v = -1 / (head v_j).
    const factor = -1 / (head * column[j]);
    for (const other of [...columns.slice(j + 1), y]) {
      let dot = 0;
      for (let i = j; i < count; i++) dot += column[i] * other[i];
      for (let i = j; i < count; i++) other[i] -= factor * dot * column[i];
    }
  }
  const coefficients = new Array<number>(width).fill(0);
  for (let j = width - 1; j >= 0; j--) {
    let value = y[j];
    for (let k = j + 1; k < width; k++) value -= columns[k][j] * coefficients[k];
    coefficients[j] = value / diagonal[j];
  }
  const freedom = count - width;
  const residualVariance = freedom === 0 ? 0 : normFrom(y, width) ** 2 / freedom;
  return { coefficients, residualVariance };
}

function normFrom(column: Float64Array, first: number): number {
  let sum = 0;
  for (let i = first; i < column.length; i++) sum += column[i] * column[i];
  return Math.sqrt(sum);
}

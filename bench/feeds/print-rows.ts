/** A line of the table: what was measured, beside what it is to reach. */
export interface FeedRow {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  readonly goal: number;
  /** Whether the goal is a least or a most. */
  readonly is: 'at least' | 'at most';
  readonly remark?: string;
}

const short = (value: number): string =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(2)}M`
    : value >= 1e3
      ? `${Math.round(value / 1e3)}k`
      : String(Math.round(value * 10) / 10);

/** Prints lines of the table in `run.ts`. The ratio is to the goal: 1 and above reach it, whether it is a least or a most. */
export function printRows(rows: readonly FeedRow[]): void {
  for (const { what, figure, unit, goal, is, remark = '' } of rows) {
    const ratio = is === 'at least' ? figure / goal : goal / figure;
    const cells = [what, short(figure), unit, `${is} ${short(goal)}`, ratio.toFixed(2), remark];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
}

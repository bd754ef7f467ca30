import { stdout } from 'node:process';

export interface BenchmarkRow {
  readonly what: string;
  /** With its unit. */
  readonly figure: string;
  readonly goal: string;
  /** What the same costs with another tool, with its unit, and the figure's ratio to it. */
  readonly peer?: string;
  readonly ratio?: number;
}

/** Prints a row of the table of `bench/history`. */
export function printRow({ what, figure, goal, peer = '', ratio }: BenchmarkRow): void {
  stdout.write(
    `| ${what} | ${figure} | ${goal} | ${peer} | ${ratio === undefined ? '' : ratio.toFixed(2)} |\n`,
  );
}

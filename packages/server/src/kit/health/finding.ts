/** What was found when a dependency was examined. */
export interface Finding {
  /** What depends on it: `bus`, `data folder`. */
  readonly part: string;
  readonly check: string;
  readonly ok: boolean;
  /** What was seen, and when it is not ok, what to do. */
  readonly detail: string;
}

/** The findings as a table of plain text. */
export function findingsTable(findings: readonly Finding[]): string {
  const rows = [
    ['PART', 'CHECK', 'RESULT', 'DETAIL'],
    ...findings.map(({ part, check, ok, detail }) => [part, check, ok ? 'ok' : 'FAILED', detail]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}

import type { Table } from '../table/figure-table.tsx';

/** The exact figures of a table, RFC 4180; text that a spreadsheet would run as a formula is escaped. */
export function csvOf({ columns, rows }: Table): string {
  const lines = [columns.map(({ title }) => cell(title)), ...rows.map((row) => row.map(cell))];
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`;
}

/** What spreadsheets take for the beginning of a formula, wide signs too: as the server's tables have it. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

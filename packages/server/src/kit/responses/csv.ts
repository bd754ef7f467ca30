import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TableRow } from '@deltastream/contracts';
import { stringify } from 'csv-stringify/sync';

export const CSV_TYPE = 'text/csv; charset=utf-8; header=present';

/** Cells between two turns of the event loop: some 5 ms. */
const CELLS_A_TURN = 5000;

/** `csvLines` of a header and of the named columns of the rows; other requests have their turns in between. */
export async function toCsv(columns: readonly string[], rows: readonly TableRow[]): Promise<string> {
  const rowsATurn = Math.max(1, Math.floor(CELLS_A_TURN / columns.length));
  const parts = [csvLines([columns])];
  for (let from = 0; from < rows.length; from += rowsATurn) {
    if (from > 0) await nextTurn();
    const part = rows.slice(from, from + rowsATurn);
    parts.push(csvLines(part.map((row) => columns.map((name) => row[name]))));
  }
  return parts.join('');
}

/**
 * RFC 4180 text, the one way in which tables leave as CSV. Null is an empty cell; a list is its JSON; a text that a
 * spreadsheet would run as a formula gets an apostrophe before it.
 */
export function csvLines(rows: readonly (readonly unknown[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    {
      record_delimiter: 'windows',
      quote_record_delimiter: true,
      escape_formulas: true,
      cast: { boolean: String },
    },
  );
}

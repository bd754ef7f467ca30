import type { TableRow } from '@deltastream/contracts';
import { stringify } from 'csv-stringify/sync';

export const CSV_TYPE = 'text/csv; charset=utf-8; header=present';

/** `csvLines` of a header and of the named columns of the rows. */
export function toCsv(columns: readonly string[], rows: readonly TableRow[]): string {
  return csvLines([columns, ...rows.map((row) => columns.map((name) => row[name]))]);
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

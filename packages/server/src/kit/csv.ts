import type { TableRow } from '@deltastream/contracts';
import { stringify } from 'csv-stringify/sync';

export const CSV_TYPE = 'text/csv; charset=utf-8; header=present';

/**
 * RFC 4180 text with a header row. Null is an empty cell; a list is its JSON; a text that a spreadsheet would run
 * as a formula gets an apostrophe before it.
 */
export function toCsv(columns: readonly string[], rows: readonly TableRow[]): string {
  return stringify([...rows], {
    header: true,
    columns: [...columns],
    record_delimiter: 'windows',
    quote_record_delimiter: true,
    escape_formulas: true,
    cast: { boolean: String },
  });
}

import { rejected } from '../chains/reading.ts';
import { csvRowOf } from '../tables/csv-row.ts';
import { isTurn, type PagePart, type PageReadings } from './page-format.ts';

export interface PageRows {
  /** Cells of a row; another number of them is a malformed row. */
  readonly width: number;
  /** Lines before the first row. */
  readonly headerLines: number;
  /** Takes a row, whose line is counted from 1. Throws BadCell. */
  add(cells: string[], line: number): void;
}

/** Reads the rows of a page that is a CSV, empty lines left out. A malformed row is rejected by its line and costs itself only. */
export function* pageRows({ text, where }: PagePart, { width, headerLines, add }: PageRows): PageReadings {
  const lines = text.split(/\r?\n/);
  for (let i = headerLines; i < lines.length; i++) {
    if (isTurn(i)) yield null;
    if (lines[i] === '') continue;
    try {
      add(csvRowOf(width, lines[i]), i + 1);
    } catch (error) {
      yield rejected(error, { ...where, line: i + 1 });
    }
  }
}

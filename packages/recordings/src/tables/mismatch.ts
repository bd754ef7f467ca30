import { shown } from './cells.ts';
import { csvColumns } from './csv-row.ts';

/** Where a text that resembles a format is not of it. */
export interface Mismatch {
  readonly line: number;
  readonly text: string;
  /** In words. */
  readonly expected: string;
  /** How much of the format is there, 0 to 1. */
  readonly share: number;
}

/** What is less alike is not said to resemble a format. */
const LEAST_SHARE = 0.5;
/** A header may stand under a few lines of something else. */
const LINES_SEARCHED = 10;

/** How a CSV whose first line holds these columns, in any order, is recognised. */
export function tableHeader(columns: readonly string[]): {
  matches(head: string): boolean;
  nearly(head: string): Mismatch | null;
} {
  return {
    matches: (head) => csvColumns(head, columns).missing.length === 0,
    nearly: (head) => nearlyHeader(head, columns),
  };
}

/** Other ways to write a table, by what makes one of them that of the formats. */
const WRITINGS: readonly { readonly expected: string; readonly rewritten: (line: string) => string }[] = [
  { expected: 'commas between its columns', rewritten: (line) => line.replace(/[;\t|]/g, ',') },
  { expected: 'lines that end in a line feed', rewritten: (line) => line.split('\r', 1)[0] },
  { expected: 'the names of its columns in small letters', rewritten: (line) => line.toLowerCase() },
];

/** The line of a text that is most like a header of these columns, and what it lacks. */
export function nearlyHeader(head: string, columns: readonly string[]): Mismatch | null {
  let best: Mismatch | null = null;
  const lines = head.split(/\r?\n/, LINES_SEARCHED);
  for (let i = 0; i < lines.length; i++) {
    const { missing } = csvColumns(lines[i], columns);
    const writing =
      missing.length === 0
        ? undefined
        : WRITINGS.find(({ rewritten }) => csvColumns(rewritten(lines[i]), columns).missing.length === 0);
    const share = writing ? 1 : 1 - missing.length / columns.length;
    if (share < LEAST_SHARE || share <= (best?.share ?? 0)) continue;
    const lacking = missing.length === 0 ? 'this header on line 1' : `the columns ${missing.join(', ')} too`;
    best = { line: i + 1, text: lines[i], expected: writing?.expected ?? lacking, share };
  }
  return best;
}

/** How a JSON object whose beginning has these keys is recognised. */
export function jsonKeys(...keys: string[]): {
  matches(head: string): boolean;
  nearly(head: string): Mismatch | null;
} {
  const missingIn = (head: string) => keys.filter((key) => !new RegExp(`"${key}"\\s*:`).test(head));
  const isJson = (head: string) => /^\uFEFF?\s*\{/.test(head);
  return {
    matches: (head) => isJson(head) && missingIn(head).length === 0,
    nearly: (head) => {
      if (!isJson(head)) return null;
      const missing = missingIn(head);
      const share = 1 - missing.length / keys.length;
      if (share < LEAST_SHARE) return null;
      const expected = `the keys ${missing.map((key) => JSON.stringify(key)).join(', ')} too`;
      return { line: 1, text: head.split(/\r?\n/, 1)[0], expected, share };
    },
  };
}

/** A mismatch in words: `line 1 is "a,b", expected the columns c too`. */
export function mismatchText({ line, text, expected }: Mismatch): string {
  return `line ${line} is ${shown(text)}, expected ${expected}`;
}

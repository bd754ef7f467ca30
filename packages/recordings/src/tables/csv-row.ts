import { BadCell, numberCell, plainNumber, shown } from './cells.ts';

/**
 * Cells of one line of comma-separated text; a cell in double quotes may hold commas and doubled quotes.
 * A quote that is never closed ends with its line, so that debris in one line cannot swallow the next.
 */
export function csvRow(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (line[i + 1] === '"') cell += line[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      cells.push(cell);
      cell = '';
    } else cell += c;
  }
  cells.push(cell);
  return cells;
}

/** As csvRow, of a table of this width; an empty cell behind the last is let pass. Throws BadCell. */
export function csvRowOf(width: number, line: string): string[] {
  const cells = csvRow(line);
  if (cells.length === width + 1 && cells[width] === '') cells.pop();
  if (cells.length === width) return cells;
  throw new BadCell('wrong_column_count', `${cells.length} columns, expected ${width}: ${shown(line)}`);
}

/** Cells of one row after the other, by their position; a text is made only of what is asked for. */
export interface RowCells {
  /** The cells are now those of this line, read as csvRowOf does. Throws BadCell. */
  take(line: string): void;
  text(at: number): string;
  /** As numberCell. Throws BadCell. */
  number(at: number, column: string): number;
}

const COMMA = ','.charCodeAt(0);

/** Of a table of this width. */
export function createRowCells(width: number): RowCells {
  const begins = new Int32Array(width + 1);
  let line = '';
  let cells: readonly string[] | null = null;
  const text = (at: number) => (cells === null ? line.slice(begins[at], begins[at + 1] - 1) : cells[at]);
  return {
    take(next) {
      line = next;
      let count = 1;
      for (let i = 0; i < next.length; i++) {
        if (next.charCodeAt(i) !== COMMA) continue;
        if (count <= width) begins[count] = i + 1;
        count += 1;
      }
      begins[width] = next.length + 1;
      cells = count === width && !next.includes('"') ? null : csvRowOf(width, next);
    },
    text,
    number(at, column) {
      if (cells === null) {
        const plain = plainNumber(line, begins[at], begins[at + 1] - 1);
        if (!Number.isNaN(plain)) return plain;
      }
      return numberCell(text(at), column);
    },
  };
}

/** Position of each named column in the first line of a text; `missing` lists the names that it lacks. */
export function csvColumns<Name extends string>(
  text: string,
  names: readonly Name[],
): { at: Readonly<Record<Name, number>>; width: number; missing: Name[] } {
  const [header] = text.split(/\r?\n/, 1);
  const cells = csvRow(header.replace(/^\uFEFF/, '')).map((cell) => cell.trim());
  const at = Object.fromEntries(names.map((name) => [name, cells.indexOf(name)])) as Record<Name, number>;
  return { at, width: cells.length, missing: names.filter((name) => at[name] < 0) };
}

/**
 * The instant of the first row in the beginning of a table that gives one, so that a malformed row costs itself
 * only; NaN when none does. `instantOf` is NaN, or throws BadCell, for a row that does not.
 */
export function firstInstant(head: string, instantOf: (cells: string[]) => number): number {
  for (const line of head.split(/\r?\n/).slice(1)) {
    try {
      const instant = instantOf(csvRow(line));
      if (!Number.isNaN(instant)) return instant;
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
    }
  }
  return Number.NaN;
}

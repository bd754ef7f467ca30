import type { ExportedColumn } from '@deltastream/contracts';

/** Cells of few texts: `words[codes[row]]`; -1 where there is none. */
export interface TextCells {
  readonly codes: Int32Array;
  readonly words: readonly string[];
}

/** Cells of one column; of numbers, instants (epoch ms) and dates (epoch ms of their midnight in UTC) NaN is missing. */
export type Cells = Float64Array | TextCells;

/** A part of an exported table. */
export interface TablePart {
  readonly rows: number;
  /** The greatest of its instants; null where it has no rows. */
  readonly lastMs: number | null;
  /** Rows at which it is best divided: the first of each strike, or of each snapshot, whose rows follow each other. */
  readonly starts: readonly number[];
  /** The cells of rows [from, to), by columns as `EXPORTED_TABLES` has them. */
  cells(from: number, to: number): readonly Cells[];
}

/** Rows with their cells; they go from thread to thread. */
export interface ColumnTable {
  readonly rows: number;
  readonly cells: readonly Cells[];
}

/** What a cell may be given as; an instant and a date as epoch ms. */
export type Given = number | string | null | undefined;

/** Texts of a column and their codes. */
export interface Words {
  readonly list: string[];
  code(word: string | null | undefined): number;
}

export function createWords(): Words {
  const list: string[] = [];
  const known = new Map<string, number>();
  return {
    list,
    code(word) {
      if (word === null || word === undefined) return -1;
      let code = known.get(word);
      if (code === undefined) {
        code = list.push(word) - 1;
        known.set(word, code);
      }
      return code;
    },
  };
}

/** A table of rows, each of which gives its cells by the names of the columns. */
export function tableOf(
  columns: readonly ExportedColumn[],
  rows: readonly Readonly<Record<string, Given>>[],
): ColumnTable {
  const cells = columns.map(({ name, type }): Cells => {
    if (type !== 'text') return Float64Array.from(rows, (row) => (row[name] ?? Number.NaN) as number);
    const words = createWords();
    const codes = Int32Array.from(rows, (row) => words.code(row[name] as string | null | undefined));
    return { codes, words: words.list };
  });
  return { rows: rows.length, cells };
}

/** Memory of a table, to be moved to another thread. */
export const buffersOf = ({ cells }: ColumnTable): ArrayBuffer[] =>
  cells.map((each) => (each instanceof Float64Array ? each : each.codes).buffer as ArrayBuffer);

export function partOf({ rows, cells }: ColumnTable): TablePart {
  const times = cells[0] as Float64Array;
  return {
    rows,
    lastMs: rows === 0 ? null : times.reduce((last, each) => Math.max(last, each)),
    starts: [],
    cells: (from, to) =>
      cells.map((each) =>
        each instanceof Float64Array
          ? each.subarray(from, to)
          : { codes: each.codes.subarray(from, to), words: each.words },
      ),
  };
}

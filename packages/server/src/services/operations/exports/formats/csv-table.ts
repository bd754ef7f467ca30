import { EXPORTED_TABLES, type ExportedType, type ExportKind } from '@deltastream/contracts/exported-tables';
import { isoTime } from '@deltastream/contracts/iso-time';
import { csvLines } from '../../../../kit/responses/csv.ts';
import type { Cells } from '../column-table.ts';
import { NUMBER_LENGTH, writeNumber } from './number-text.ts';
import type { TableWriter } from './table-writer.ts';

const BLOCK_ROWS = 4_096; // A megabyte of text.
const LINE_END = '\r\n';
const [COMMA, RETURN, NEWLINE] = [',', ...LINE_END].map((each) => each.charCodeAt(0));
/** Texts of which the bytes are kept: some hundred kilobytes. */
const WORDS_KEPT = 4_096;

/** Some cells of a column: numbers, or texts of which each is one of some words. */
type Column =
  | { readonly numbers: Float64Array }
  | { readonly numbers: null; readonly codes: Int32Array; readonly words: readonly Uint8Array[] };

/** The rules of `csvLines`, which is asked once for each text: numbers and instants need none of them. */
export function createCsvWriter(kind: ExportKind): TableWriter {
  const columns = EXPORTED_TABLES[kind];
  const encoder = new TextEncoder();
  const places = new Uint8Array(columns.length);
  const known = new Map<string, Uint8Array>();
  let header = encoder.encode(csvLines([columns.map(({ name }) => name)]));
  let memory = new Uint8Array(0);

  const wordBytes = (word: string): Uint8Array => {
    let bytes = known.get(word);
    if (bytes === undefined) {
      if (known.size === WORDS_KEPT) known.clear();
      bytes = encoder.encode(csvLines([[word]]).slice(0, -LINE_END.length));
      known.set(word, bytes);
    }
    return bytes;
  };

  const columnOf = (type: ExportedType, cells: Cells): Column => {
    if (!(cells instanceof Float64Array)) {
      return { numbers: null, codes: cells.codes, words: cells.words.map(wordBytes) };
    }
    if (type === 'number' || type === 'integer') return { numbers: cells };
    const codes = new Int32Array(cells.length).fill(-1);
    const words: Uint8Array[] = [];
    for (let row = 0; row < cells.length; row++) {
      if (Number.isNaN(cells[row])) continue;
      if (row === 0 || cells[row] !== cells[row - 1]) words.push(encoder.encode(SHOWN[type](cells[row])));
      codes[row] = words.length - 1;
    }
    return { numbers: null, codes, words };
  };

  return {
    *write({ rows, cells }) {
      for (let from = 0; from < rows; from += BLOCK_ROWS) {
        const to = Math.min(rows, from + BLOCK_ROWS);
        const block = cells(from, to);
        const all = columns.map(({ type }, i) => columnOf(type, block[i]));
        const room = header.length + (to - from) * all.reduce((sum, each) => sum + 1 + mostOf(each), 1);
        if (memory.length < room) memory = new Uint8Array(room);
        memory.set(header);
        const end = writeRows(memory, header.length, to - from, all, places);
        header = header.subarray(0, 0);
        yield memory.slice(0, end);
      }
    },
    *finish() {
      if (header.length > 0) yield header;
    },
  };
}

const SHOWN: Readonly<Record<'instant' | 'date' | 'text', (cell: number) => string>> = {
  instant: isoTime,
  date: (cell) => isoTime(cell).slice(0, 10),
  text: String,
};

/** Bytes of one cell at most. */
const mostOf = (column: Column): number =>
  column.numbers === null
    ? column.words.reduce((most, { length }) => Math.max(most, length), 0)
    : NUMBER_LENGTH;

/** Of each cell, row by row, 1 where it is that of the row before. */
function repeatsOf(columns: readonly Column[], rows: number): Uint8Array {
  const repeats = new Uint8Array(rows * columns.length);
  for (const [i, column] of columns.entries()) {
    if (column.numbers === null) markEqual(column.codes, repeats, i, columns.length);
    else markSame(column.numbers, repeats, i, columns.length);
  }
  return repeats;
}

function markEqual(codes: Int32Array, repeats: Uint8Array, column: number, width: number): void {
  for (let row = 1, at = width + column; row < codes.length; row++, at += width) {
    if (codes[row] === codes[row - 1]) repeats[at] = 1;
  }
}

/** Zeros are the same whose sign is, and what is missing is. */
function markSame(numbers: Float64Array, repeats: Uint8Array, column: number, width: number): void {
  let before = numbers[0];
  for (let row = 1, at = width + column; row < numbers.length; row++, at += width) {
    const cell = numbers[row];
    if (cell === before) {
      if (cell !== 0 || 1 / cell === 1 / before) repeats[at] = 1;
    } else if (Number.isNaN(cell) && Number.isNaN(before)) repeats[at] = 1;
    before = cell;
  }
}

/** What a chain says repeats from row to row: columns that do so side by side are copied together. */
function writeRows(
  bytes: Uint8Array,
  start: number,
  rows: number,
  columns: readonly Column[],
  places: Uint8Array,
): number {
  const width = columns.length;
  /** Where each cell of the row before begins, and then where it ends. */
  const begins = new Int32Array(width + 1);
  const repeats = repeatsOf(columns, rows);
  let at = start;
  for (let row = 0, cell = 0; row < rows; row++, cell += width) {
    for (let i = 0; i < width; i++) {
      const first = i;
      while (i < width && repeats[cell + i] === 1) i++;
      if (i > first) {
        const moved = at - begins[first];
        for (let from = begins[first], end = begins[i]; from < end; from++) bytes[at++] = bytes[from];
        for (let copied = first; copied < i; copied++) begins[copied] += moved;
        if (i === width) break;
      }
      begins[i] = at;
      const column = columns[i];
      if (column.numbers !== null) {
        const value = column.numbers[row];
        if (!Number.isNaN(value)) at = writeNumber(bytes, at, value, places, i);
      } else if (column.codes[row] >= 0) {
        const word = column.words[column.codes[row]];
        for (let from = 0; from < word.length; from++) bytes[at++] = word[from];
      }
      bytes[at++] = i + 1 < width ? COMMA : RETURN;
    }
    begins[width] = at;
    bytes[at++] = NEWLINE;
  }
  return at;
}

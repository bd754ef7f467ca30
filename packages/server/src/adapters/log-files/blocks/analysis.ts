import { COLUMNS, type Column, KEYS } from '../messages.ts';
import type { AnalysedBlock, BlockColumns } from './block.ts';
import { addGrams, addGramsOfBytes, GRAM_BYTES } from './grams.ts';
import { type IndexedLine, namedText, parseStored, SEARCHED_FROM } from './line.ts';
import { PLACES, placeOf, SEARCHED_PLACE, type StoredLines } from './stored-lines.ts';
import { termOf, termOfBytes } from './term.ts';

/** What the index keeps of the lines of a block, made while they come. */
export interface Analysis {
  readonly lines: number;
  /** Adds one of these. */
  add(from: StoredLines, index: number): void;
  addRead(line: IndexedLine, text: string, level: number): void;
  finish(): AnalysedBlock;
}

/** Lines that there is room for at first: most blocks have as many. */
const FIRST_LINES = 1_024;
const COLUMN_PLACES = COLUMNS.map(placeOf);
const KEY_PLACES = KEYS.map(placeOf);

export function createAnalysis(): Analysis {
  let lines = 0;
  let times = new Float64Array(FIRST_LINES);
  let levels = new Uint8Array(FIRST_LINES);
  const columns = COLUMNS.map(createCodes);
  const grams = new Uint8Array(GRAM_BYTES);
  const terms = createTerms();
  let [minMs, maxMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  const begin = (time: number, level: number) => {
    if (lines === times.length) {
      times = larger(times);
      levels = larger(levels);
    }
    times[lines] = time;
    levels[lines] = level;
    minMs = Math.min(minMs, time);
    maxMs = Math.max(maxMs, time);
    lines += 1;
  };
  const addRead = (line: IndexedLine, text: string, level: number) => {
    begin(line.timestamp, level);
    for (const [c, column] of COLUMNS.entries()) columns[c].add(namedText(line, column));
    for (const [k, key] of KEYS.entries()) {
      const value = namedText(line, key);
      if (value !== null) terms.add(k, termOf(key, value));
    }
    const small = text.toLowerCase();
    addGrams(grams, small, Math.max(0, small.indexOf(SEARCHED_FROM)), small.length);
  };

  return {
    get lines() {
      return lines;
    },
    add(from, index) {
      const { bytes, places, text, ends } = from;
      const other = from.others.get(index);
      if (other !== undefined) return addRead(other.line, other.text, from.levels[index]);
      begin(from.times[index], from.levels[index]);
      const first = index * PLACES;
      for (let c = 0; c < COLUMNS.length; c++) {
        const place = first + COLUMN_PLACES[c];
        columns[c].addPlaced(bytes, text, places[place], places[place + 1]);
      }
      for (let k = 0; k < KEYS.length; k++) {
        const place = first + KEY_PLACES[k];
        if (places[place + 1] === 0) continue;
        terms.add(k, termOfBytes(KEYS[k], bytes, places[place], places[place + 1]));
      }
      addGramsOfBytes(grams, bytes, places[first + SEARCHED_PLACE], ends[index] - 1);
    },
    addRead,
    finish() {
      const codes = {} as Record<Column, Uint16Array>;
      const values = {} as Record<Column, readonly (string | null)[]>;
      COLUMNS.forEach((column, c) => {
        codes[column] = columns[c].codes();
        values[column] = columns[c].values;
      });
      const all: BlockColumns = {
        times: times.slice(0, lines),
        levels: levels.slice(0, lines),
        codes,
        values,
      };
      return { minMs, maxMs, columns: all, grams, terms: terms.finish() };
    },
  };
}

/** Reads stored lines for all that the index keeps of them. */
export function analyse(lines: readonly string[], levelNames: readonly string[]): AnalysedBlock {
  const analysis = createAnalysis();
  for (const text of lines) {
    const line = parseStored(text);
    analysis.addRead(line, text, Math.max(0, levelNames.indexOf(line.level)));
  }
  return analysis.finish();
}

const NO_VALUE = { bytes: new Uint8Array(), begin: 0, end: -1, code: 0 };

/** The values of one column, each by its code; the first is null. */
function createCodes() {
  let codes = new Uint16Array(FIRST_LINES);
  let count = 0;
  const values: (string | null)[] = [null];
  const known = new Map<string, number>();
  /** The newest value that was placed: the next line often has the same, which costs less to tell than to look it up. */
  let newest: { bytes: Uint8Array; begin: number; end: number; code: number } = NO_VALUE;

  const push = (code: number) => {
    if (count === codes.length) codes = larger(codes);
    codes[count++] = code;
  };
  const codeOf = (value: string): number => {
    let code = known.get(value);
    if (code === undefined) {
      code = values.push(value) - 1;
      known.set(value, code);
    }
    return code;
  };
  return {
    values,
    codes: () => codes.slice(0, count),
    add: (value: string | null) => push(value === null ? 0 : codeOf(value)),
    /** Adds the value that is from `begin` to `end` in the bytes and in their text; none where the end is 0. */
    addPlaced(bytes: Uint8Array, text: () => string, begin: number, end: number) {
      if (end === 0) return push(0);
      if (!isSame(newest.bytes, newest.begin, newest.end, bytes, begin, end)) {
        newest = { bytes, begin, end, code: codeOf(text().slice(begin, end)) };
      }
      push(newest.code);
    },
  };
}

function isSame(
  given: Uint8Array,
  givenBegin: number,
  givenEnd: number,
  other: Uint8Array,
  begin: number,
  end: number,
): boolean {
  if (end - begin !== givenEnd - givenBegin) return false;
  for (let i = begin, g = givenBegin; i < end; i++, g++) if (given[g] !== other[i]) return false;
  return true;
}

/** The terms of a block. Lines that follow each other have the same ones often. */
function createTerms() {
  let terms = new Uint32Array(2 * FIRST_LINES);
  let count = 0;
  const newest = KEYS.map(() => -1);
  return {
    add(key: number, term: number) {
      if (newest[key] === term) return;
      newest[key] = term;
      if (count === terms.length) terms = larger(terms);
      terms[count++] = term;
    },
    finish(): Uint32Array {
      const sorted = terms.subarray(0, count).sort();
      return sorted.filter((term, i) => i === 0 || term !== sorted[i - 1]);
    },
  };
}

type Numbers =
  | Float64Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

function larger<Kind extends Numbers>(numbers: Kind): Kind {
  const next = new (numbers.constructor as new (length: number) => Kind)(2 * numbers.length);
  next.set(numbers);
  return next;
}

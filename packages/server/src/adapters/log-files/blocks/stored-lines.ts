import { COLUMNS, KEYS } from '../messages.ts';
import type { IndexedLine } from './line.ts';

/** Values of a line that may stand in its text as they are, so that no text is made of each: where they are is enough. */
const PLACED = [...COLUMNS, ...KEYS] as const;
export type Placed = (typeof PLACED)[number];

/** Of each line the begin and end of each value, both 0 for none, then where what is searched begins. */
export const PLACES = 2 * PLACED.length + 1;
export const placeOf = (name: Placed): number => 2 * PLACED.indexOf(name);
export const SEARCHED_PLACE = PLACES - 1;

/** Lines as they are stored, with what their block is found and counted by. */
export interface StoredLines {
  /** UTF-8. */
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Of each line where it ends, behind its line break. */
  readonly ends: Uint32Array;
  /** Epoch milliseconds. */
  readonly times: Float64Array;
  /** By index. */
  readonly levels: Uint8Array;
  /** Of each line of ASCII alone without anything escaped, `PLACES` numbers. */
  readonly places: Uint32Array;
  /** Every other line by its number, and its text. */
  readonly others: ReadonlyMap<number, { readonly line: IndexedLine; readonly text: string }>;
  /** The bytes as a text whose characters are at the places of their bytes: good for lines of ASCII. Made when it is asked for. */
  readonly text: () => string;
}

/** What a line has more when it is stored, at most: names, punctuation and a level that was a number. */
const MORE_BYTES = 128;

/** Lines while they are read; all of them are known to be so many. */
export class StoredLinesDraft {
  bytes: Uint8Array;
  /** Bytes that are written. */
  length = 0;
  count = 0;
  readonly ends: Uint32Array;
  readonly times: Float64Array;
  readonly levels: Uint8Array;
  readonly places: Uint32Array;
  private readonly others = new Map<number, { line: IndexedLine; text: string }>();
  private readonly levelNames: readonly string[];

  constructor(lines: number, bytes: number, levelNames: readonly string[]) {
    this.bytes = new Uint8Array(bytes + lines * MORE_BYTES);
    this.ends = new Uint32Array(lines);
    this.times = new Float64Array(lines);
    this.levels = new Uint8Array(lines);
    this.places = new Uint32Array(lines * PLACES);
    this.levelNames = levelNames;
  }

  /** Makes room for a line of so many bytes before it is stored. */
  reserve(bytes: number): void {
    if (this.length + bytes + MORE_BYTES <= this.bytes.length) return;
    const larger = new Uint8Array(2 * this.bytes.length + bytes + MORE_BYTES);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** Adds a line that was read, with its text as it is stored, without its end. */
  add(line: IndexedLine, text: string): void {
    const bytes = utf8.encode(`${text}\n`);
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.others.set(this.count, { line, text });
    this.end(this.length + bytes.length, line.timestamp, Math.max(0, this.levelNames.indexOf(line.level)));
  }

  /** Ends a line that stands in the bytes already. */
  end(length: number, time: number, level: number): void {
    this.length = length;
    this.ends[this.count] = length;
    this.times[this.count] = time;
    this.levels[this.count] = level;
    this.count += 1;
  }

  finish(): StoredLines {
    const { count, ends, times, levels, places, others } = this;
    const bytes = this.bytes.subarray(0, this.length);
    let made: string | null = null;
    const text = () => {
      made ??= latin1(bytes);
      return made;
    };
    return { bytes, count, ends, times, levels, places, others, text };
  }
}

const utf8 = new TextEncoder();

const latin1 = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString('latin1');

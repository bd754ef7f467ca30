import type { LineRules } from '../../../ports/stores/logs/log-store.ts';
import {
  PLACES,
  type Placed,
  placeOf,
  SEARCHED_PLACE,
  type StoredLinesDraft,
} from '../blocks/stored-lines.ts';

/** Names of a line as loggers write them, and what each is. */
const NAMES = {
  level: 'level',
  time: 'time',
  timestamp: 'time',
  service: 'service',
  event: 'event',
  request_id: 'request_id',
  trace_id: 'trace_id',
  span_id: 'span_id',
  user_id: 'user_id',
  product: 'product',
  msg: 'message',
  message: 'message',
} as const;
/** What a line says by these names, in the order in which it is stored. */
const PARTS = [
  'time',
  'level',
  'service',
  'event',
  'request_id',
  'trace_id',
  'span_id',
  'user_id',
  'product',
  'message',
] as const;
const [TIME, LEVEL, SERVICE, MESSAGE] = (['time', 'level', 'service', 'message'] as const).map((part) =>
  PARTS.indexOf(part),
);

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
/**
 * Which name it may be by its length and its third letter, in which all of them differ; its number and one, 0 for none. A name
 * of a field is compared with one at most.
 */
const NAMED = Object.entries(NAMES).map(([name, part]) => ({
  bytes: ascii(name),
  part: PARTS.indexOf(part),
}));
const MAX_NAME = Math.max(...NAMED.map(({ bytes }) => bytes.length));
const NAME_AT = new Uint8Array((MAX_NAME + 1) << 8);
for (const [i, { bytes }] of NAMED.entries()) NAME_AT[(bytes.length << 8) | bytes[2]] = i + 1;
/** What stands before each part. */
const BEFORE = PARTS.map((part) => ascii(part === 'time' ? '{"timestamp":' : `,"${part}":`));
const BEFORE_FIELDS = ascii(',"fields":{');
const END = ascii('}}\n');
const PLACE_OF_PART = PARTS.map((part) =>
  part === 'time' || part === 'level' || part === 'message' || part === 'span_id'
    ? null
    : placeOf(part satisfies Placed),
);
const [TRUE, FALSE, NULL] = ['true', 'false', 'null'].map(ascii);

const [QUOTE, COMMA, COLON, OPEN, CLOSE, BACKSLASH] = Array.from(ascii('",:{}\\'));
const [MINUS, DOT, ZERO, NINE] = Array.from(ascii('-.09'));
const [FIRST_PLAIN, LAST_PLAIN] = [0x20, 0x7e];
/** Of each byte whether it stands for itself in a text. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= FIRST_PLAIN && byte <= LAST_PLAIN && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);
/** Of a number, so that it is written by JavaScript with the same digits, but for zeros at its end. */
const MAX_DIGITS = 15;
const MAX_FRACTION = 6; // A smaller number than a millionth is written with an exponent.
/** Runs of fields between names that are not fields: beyond them a line is read. */
const MAX_RUNS = 16;

/** Brings lines of loggers into the order in which they are stored, without reading what their fields say. */
export interface FlatLines {
  /**
   * Adds the line from `start` to `end`, at which its line break is, as `parseLogLine` and `storedLine` make it. False, and
   * nothing is done, for one that has to be read: it is not JSON, or has other characters than those of ASCII, anything
   * escaped, a value that is an object or a list, a name twice, or not all that an entry needs.
   */
  add(bytes: Uint8Array, start: number, end: number, rules: LineRules, to: StoredLinesDraft): boolean;
}

export function createFlatLines(levelNames: readonly string[]): FlatLines {
  const levels = levelNames.map((name) => ascii(`"${name}"`));
  /** Where the value of each part begins and ends, quotes included; end 0: it is not there. */
  const begins = new Int32Array(PARTS.length);
  const ends = new Int32Array(PARTS.length);
  /** Where fields begin and end that stand beside each other. */
  const runs = new Int32Array(2 * MAX_RUNS);

  /** Finds all parts and fields. Returns how many runs of fields there are; -1 for a line that has to be read. */
  const scan = (bytes: Uint8Array, start: number, end: number): number => {
    if (bytes[start] !== OPEN) return -1;
    ends.fill(0);
    let count = 0;
    let isInRun = false;
    for (let at = start + 1; ; ) {
      if (bytes[at] !== QUOTE) return -1;
      const name = at + 1;
      const nameEnd = endOfPlain(bytes, name);
      if (bytes[nameEnd] !== QUOTE || bytes[nameEnd + 1] !== COLON) return -1;
      const value = nameEnd + 2;
      const valueEnd = endOfValue(bytes, value);
      if (valueEnd === -1) return -1;
      const part = partNamed(bytes, name, nameEnd);
      if (part !== -1) {
        if (ends[part] !== 0) return -1;
        begins[part] = value;
        ends[part] = valueEnd;
        isInRun = false;
      } else if (isInRun) runs[2 * count - 1] = valueEnd;
      else {
        if (count === MAX_RUNS) return -1;
        runs[2 * count] = at;
        runs[2 * count + 1] = valueEnd;
        count += 1;
        isInRun = true;
      }
      at = valueEnd + 1;
      if (bytes[valueEnd] === CLOSE) return at === end ? count : -1;
      if (bytes[valueEnd] !== COMMA) return -1;
    }
  };

  /** The level of a line by its name in small letters or as pino numbers them; -1 where it is another. */
  const levelOf = (bytes: Uint8Array): number => {
    const [begin, end] = [begins[LEVEL], ends[LEVEL]];
    if (bytes[begin] === QUOTE) return levels.findIndex((name) => isAt(bytes, begin, end, name));
    // What is no digit gives no level, either.
    return end - begin === 2 ? Math.min(bytes[begin] - ZERO, levels.length) - 1 : -1;
  };

  return {
    add(bytes, start, end, { maxLine, maxMessage }, to) {
      if (end - start > maxLine) return false;
      const runsFound = scan(bytes, start, end);
      if (runsFound === -1) return false;
      // One that says nothing of its time or level, or has no text where one is to be.
      if (ends[TIME] === 0 || ends[LEVEL] === 0 || ends[SERVICE] === 0 || ends[MESSAGE] === 0) return false;
      for (let part = SERVICE; part < PARTS.length; part++) {
        if (ends[part] !== 0 && bytes[begins[part]] !== QUOTE) return false;
      }
      if (ends[MESSAGE] - begins[MESSAGE] - 2 > maxMessage) return false;
      const level = levelOf(bytes);
      const time = instantAt(bytes, begins[TIME], ends[TIME]);
      if (level < 0 || time === -1) return false;

      to.reserve(end - start);
      const out = to.bytes;
      const first = to.count * PLACES;
      let at = copy(BEFORE[TIME], 0, BEFORE[TIME].length, out, to.length);
      at = copy(bytes, begins[TIME], ends[TIME], out, at);
      at = copy(BEFORE[LEVEL], 0, BEFORE[LEVEL].length, out, at);
      at = copy(levels[level], 0, levels[level].length, out, at);
      for (let part = SERVICE; part < PARTS.length; part++) {
        if (ends[part] === 0) continue;
        if (part === MESSAGE) to.places[first + SEARCHED_PLACE] = at;
        at = copy(BEFORE[part], 0, BEFORE[part].length, out, at);
        const place = PLACE_OF_PART[part];
        if (place !== null) to.places[first + place] = at + 1;
        at = copy(bytes, begins[part], ends[part], out, at);
        if (place !== null) to.places[first + place + 1] = at - 1;
      }
      at = copy(BEFORE_FIELDS, 0, BEFORE_FIELDS.length, out, at);
      for (let run = 0; run < runsFound; run++) {
        if (run > 0) out[at++] = COMMA;
        at = copy(bytes, runs[2 * run], runs[2 * run + 1], out, at);
      }
      at = copy(END, 0, END.length, out, at);
      to.end(at, time, level);
      return true;
    },
  };
}

/** The first byte from there on that does not stand for itself in a text. */
function endOfPlain(bytes: Uint8Array, from: number): number {
  let at = from;
  while (IS_PLAIN[bytes[at]] === 1) at += 1;
  return at;
}

/** Behind a text, a number or a word; -1: it is none, or of a kind that is read. */
function endOfValue(bytes: Uint8Array, from: number): number {
  const begin = bytes[from];
  if (begin === QUOTE) {
    const end = endOfPlain(bytes, from + 1);
    return bytes[end] === QUOTE ? end + 1 : -1;
  }
  if (begin === MINUS || isDigit(begin)) return endOfNumber(bytes, from);
  for (const word of [TRUE, FALSE, NULL]) {
    if (isAt(bytes, from, from + word.length, word)) return from + word.length;
  }
  return -1;
}

function endOfNumber(bytes: Uint8Array, from: number): number {
  const begin = bytes[from] === MINUS ? from + 1 : from;
  // Of a negative number: JavaScript writes -0 as 0.
  let isZero = begin > from;
  let at = begin;
  for (; isDigit(bytes[at]); at++) if (bytes[at] !== ZERO) isZero = false;
  const digits = at - begin;
  if (digits === 0 || (digits > 1 && bytes[begin] === ZERO)) return -1;
  if (bytes[at] !== DOT) return digits <= MAX_DIGITS && !isZero ? at : -1;
  const fraction = at + 1;
  at = fraction;
  for (; isDigit(bytes[at]); at++) if (bytes[at] !== ZERO) isZero = false;
  const decimals = at - fraction;
  if (isZero) return -1;
  return decimals > 0 && decimals <= MAX_FRACTION && digits + decimals <= MAX_DIGITS ? at : -1;
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;

/** Epoch milliseconds of a whole number; -1: it is none. Fifteen digits are within what a date can hold. */
function instantAt(bytes: Uint8Array, begin: number, end: number): number {
  let instant = 0;
  for (let at = begin; at < end; at++) {
    if (!isDigit(bytes[at])) return -1;
    instant = 10 * instant + bytes[at] - ZERO;
  }
  return instant;
}

function partNamed(bytes: Uint8Array, begin: number, end: number): number {
  if (end - begin > MAX_NAME) return -1;
  const place = NAME_AT[((end - begin) << 8) | bytes[begin + 2]];
  if (place === 0) return -1;
  const { bytes: name, part } = NAMED[place - 1];
  return isAt(bytes, begin, end, name) ? part : -1;
}

function isAt(bytes: Uint8Array, begin: number, end: number, wanted: Uint8Array): boolean {
  if (end - begin !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[begin + i] !== wanted[i]) return false;
  return true;
}

/** Returns where what was copied ends. For some dozen bytes this is faster than a call. */
function copy(from: Uint8Array, begin: number, end: number, to: Uint8Array, at: number): number {
  let next = at;
  for (let i = begin; i < end; i++) to[next++] = from[i];
  return next;
}

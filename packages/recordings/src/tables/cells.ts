import { LAST_INSTANT_MS, type Side } from '@deltastream/contracts';
import { dayNumber, fromExchangeDate } from '@deltastream/reference';
import type { Rejection } from '../source.ts';

/** A cell that cannot be what its column holds. Readers turn it into a rejected item. */
export class BadCell extends Error {
  override readonly name = 'BadCell';
  readonly rejection: Rejection;

  constructor(rejection: Rejection, reason: string) {
    // A million rows may be rejected: where in the reader it was found costs more than the row itself.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(reason);
    Error.stackTraceLimit = stackTraceLimit;
    this.rejection = rejection;
  }
}

/** What each word of a column means. A file may say `constructor`, which an object would know. */
export const words = <Meaning>(meanings: Readonly<Record<string, Meaning>>): ReadonlyMap<string, Meaning> =>
  new Map(Object.entries(meanings));

/** What a word of a column means. Throws BadCell that says what was expected. */
export function wordCell<Meaning>(
  meanings: ReadonlyMap<string, Meaning>,
  text: string,
  column: string,
  expected: string,
  rejection: Rejection = 'bad_value',
): Meaning {
  const meaning = meanings.get(text);
  if (meaning !== undefined) return meaning;
  throw new BadCell(rejection, `${column} is ${shown(text)}, expected ${expected}`);
}

/** The side of an option. Throws BadCell. */
export const sideCell = (
  sides: ReadonlyMap<string, Side>,
  text: string,
  column: string,
  expected: string,
): Side => wordCell(sides, text, column, expected, 'unknown_option_type');

type DateRejection = 'bad_timestamp' | 'bad_expiry';

/** A date YYYY-MM-DD. Throws BadCell. */
export function dateCell(text: string, column: string, rejection: DateRejection): string {
  if (!Number.isNaN(dayNumber(text))) return text;
  throw new BadCell(rejection, `${column} is ${shown(text)}, expected YYYY-MM-DD`);
}

/** A date as Indian exchanges write it, 25-Aug-2026, as YYYY-MM-DD. Throws BadCell. */
export function exchangeDateCell(text: string, column: string, rejection: DateRejection): string {
  const date = fromExchangeDate(text);
  if (date !== null) return date;
  throw new BadCell(rejection, `${column} is ${shown(text)}, expected DD-Mon-YYYY`);
}

/** No price, size or open interest is larger; sums and products of smaller ones are finite. */
export const LARGEST_NUMBER = 1e15;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const SHOWN_LENGTH = 40; // Enough to find the cell in its file.

/** Digits that a double holds whatever they are, so that as many decimals are the quotient of two numbers that are exact. */
const EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, places) => Number(`1e${places}`));
const [ZERO, MINUS, POINT] = ['0', '-', '.'].map((each) => each.charCodeAt(0));

/** What nearly every number is: few digits, a point, a minus, in [from, to) of a text; NaN where it is anything else. */
export function plainNumber(text: string, from: number, to: number): number {
  const isNegative = text.charCodeAt(from) === MINUS;
  const start = isNegative ? from + 1 : from;
  let scaled = 0;
  let point = -1;
  for (let i = start; i < to; i++) {
    const code = text.charCodeAt(i);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) scaled = 10 * scaled + digit;
    else if (code === POINT && point < 0) point = i;
    else return Number.NaN;
  }
  const digits = point < 0 ? to - start : to - start - 1;
  if (digits < 1 || digits > EXACT_DIGITS) return Number.NaN;
  const size = point < 0 ? scaled : scaled / POWERS[to - 1 - point];
  return isNegative ? -size : size;
}

/** A number, NaN when the cell is empty or "-"; "1,23,456" counts as one. Throws BadCell. */
export function numberCell(text: string, column: string): number {
  if (text === '' || text === '-') return Number.NaN;
  const plain = plainNumber(text, 0, text.length);
  if (!Number.isNaN(plain)) return plain;
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === '-') return Number.NaN;
  const digits = trimmed.includes(',') ? trimmed.replaceAll(',', '') : trimmed;
  const value = NUMBER.test(digits) ? Number(digits) : Number.NaN;
  if (!(Math.abs(value) <= LARGEST_NUMBER))
    throw new BadCell('bad_value', `${column} is ${shown(text)}, expected a number`);
  return value;
}

/** As numberCell, and not below 0. */
export function amountCell(text: string, column: string): number {
  const value = numberCell(text, column);
  if (value < 0) throw new BadCell('bad_value', `${column} is ${shown(text)}, expected 0 or more`);
  return value;
}

/** A price: venues write 0 for "none", which is not a price. Throws BadCell below 0. */
export function priceCell(text: string, column: string): number {
  const value = amountCell(text, column);
  return value === 0 ? Number.NaN : value;
}

/** Units per contract: a whole number; NaN where it is not given. Throws BadCell. */
export function lotCell(text: string, column: string): number {
  const value = priceCell(text, column);
  if (!Number.isNaN(value) && !Number.isInteger(value))
    throw new BadCell('bad_value', `${column} is ${shown(text)}, expected a whole number of units`);
  return value;
}

/** A strike: given and above 0. Throws BadCell. */
export function strikeCell(text: string, column: string): number {
  const value = numberCell(text, column);
  if (!(value > 0)) throw new BadCell('bad_value', `${column} is ${shown(text)}, expected a number above 0`);
  return value;
}

/** Nothing was recorded before, and no calendar, file of a day or date of four digits goes beyond. */
const FIRST_INSTANT = 0;
const LAST_INSTANT = Date.UTC(2200, 0, 1) - 1;

/** An instant that a quote can be from: full milliseconds of the years 1970 to 2199. Throws BadCell. */
export function quoteInstant(epochMs: number): number {
  if (Number.isInteger(epochMs) && epochMs >= FIRST_INSTANT && epochMs <= LAST_INSTANT) return epochMs;
  const found = Math.abs(epochMs) <= LAST_INSTANT_MS ? new Date(epochMs).toISOString() : String(epochMs);
  throw new BadCell('bad_timestamp', `its instant is ${found}, expected one of the years 1970 to 2199`);
}

/** Text as it may stand in a log line: quoted, shortened. */
export function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
}

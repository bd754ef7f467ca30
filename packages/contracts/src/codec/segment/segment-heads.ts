import { Packr } from 'msgpackr';
import type { ByteWriter } from './byte-writer.ts';
import { commonExponent } from './decimal-exponent.ts';
import { noColumns } from './segment-column.ts';
import { writeSegmentColumn } from './write-segment-column.ts';

/**
 * The fields of the heads of a segment (MessagePack each, see `ChainHeadCodec`), byte for byte. Where all of them have
 * the same fields, every field is a column: of numbers, of times, of numbers that follow from earlier ones, or of the
 * values that occur and which of them each head has. Otherwise they lie one after another.
 */
export type HeadsWriter = (heads: readonly Uint8Array[], out: ByteWriter) => void;

export const VERBATIM = 0;
export const BY_FIELD = 1;

/** How the fields of a head lie, which is the same for all: the place of the map of optional ones, and its figures. */
export interface Shape {
  readonly fields: number;
  readonly map: number;
  readonly figures: number;
}

/**
 * How a field is kept: its values by number, as a column of numbers, or of integers above a base; texts that are
 * times as milliseconds likewise. A ratio, and a difference in years, are those of two other fields, by their places.
 */
export type FieldKind =
  | 'values'
  | 'number'
  | { readonly from: number; readonly time: boolean }
  | { readonly ratio: readonly [number, number] }
  | { readonly years: readonly [number, number] };

export interface FieldValues {
  readonly values: readonly unknown[];
  readonly index: readonly number[];
}

/** What stands before the columns. Layout 1 of segments has `numeric` instead of kinds. */
export interface PackedHeads extends Shape {
  readonly kinds?: FieldKind[];
  readonly numeric?: boolean[];
  readonly named: FieldValues[];
}

/** Whole numbers of a column that are apart by less lie within what a column of integers holds. */
const MAX_SPREAD = 2 ** 27;
const MS_PER_YEAR = 365 * 86_400_000;

export function createHeadsWriter(): HeadsWriter {
  const packr = new Packr({ useRecords: false });

  /** Null where heads differ in their fields, or are not what packing their fields again gives. */
  const leavesOf = (heads: readonly Uint8Array[]): { shape: Shape; leaves: unknown[][] } | null => {
    const unpacked = heads.map((head) => packr.unpack(head) as unknown);
    if (!unpacked.every(Array.isArray)) return null;
    const shape = shapeOf(unpacked[0]);
    const leaves: unknown[][] = [];
    for (const [i, fields] of unpacked.entries()) {
      const own = shapeOf(fields);
      if (own.fields !== shape.fields || own.map !== shape.map || own.figures !== shape.figures) return null;
      const flat = flatten(fields, shape);
      if (Buffer.compare(packr.pack(unflatten(flat, shape)), heads[i]) !== 0) return null;
      leaves.push(flat);
    }
    return { shape, leaves };
  };

  return (heads, out) => {
    const found = heads.length === 0 ? null : leavesOf(heads);
    if (found === null) {
      out.varint(VERBATIM);
      for (const head of heads) {
        out.varint(head.length);
        out.bytes(head);
      }
      return;
    }
    const { shape, leaves } = found;
    const columns = leaves[0].map((_, at) => leaves.map((flat) => flat[at]));
    const kinds = kindsOf(columns);
    const named = columns.filter((_, at) => kinds[at] === 'values').map((column) => valuesOf(column, packr));
    const packed = packr.pack({ ...shape, kinds, named } satisfies PackedHeads);
    out.varint(BY_FIELD);
    out.varint(packed.length);
    out.bytes(packed);
    const written = noColumns();
    for (const [at, kind] of kinds.entries()) {
      const cells = numbersOf(columns[at], kind);
      if (cells !== null) writeSegmentColumn(cells, heads.length, written, out);
    }
  };
}

function shapeOf(fields: readonly unknown[]): Shape {
  const map = fields.findIndex(
    (each) =>
      typeof each === 'object' && each !== null && Array.isArray((each as { figures?: unknown }).figures),
  );
  const figures = map < 0 ? 0 : (fields[map] as { figures: unknown[] }).figures.length;
  return { fields: fields.length, map, figures };
}

/** Fields one after another, the figures of the map behind them. */
function flatten(fields: readonly unknown[], { map }: Shape): unknown[] {
  if (map < 0) return [...fields];
  const { figures, ...rest } = fields[map] as { figures: unknown[] };
  return [...fields.with(map, rest), ...figures];
}

export function unflatten(flat: readonly unknown[], { fields, map }: Shape): unknown[] {
  const list = flat.slice(0, fields);
  if (map >= 0) list[map] = { ...(list[map] as object), figures: flat.slice(fields) };
  return list;
}

type Columns = readonly (readonly unknown[])[];

const ratioOf = (columns: Columns, [a, b]: readonly [number, number], index: number): number =>
  Number(columns[a][index]) / Number(columns[b][index]);
export const yearsBetween = (from: unknown, to: unknown): number => (Number(to) - Number(from)) / MS_PER_YEAR;
const yearsOf = (columns: Columns, [a, b]: readonly [number, number], index: number): number =>
  yearsBetween(columns[b][index], columns[a][index]);

function kindsOf(columns: Columns): FieldKind[] {
  const kinds = columns.map(ownKind);
  const isWhole = columns.map(
    (column, at) => kinds[at] !== 'values' && column.every((value) => Number.isSafeInteger(value)),
  );
  const whole = [...columns.keys()].filter((at) => isWhole[at]);
  const times = whole.filter((at) => typeof kinds[at] === 'object');
  return kinds.map((kind, at) =>
    kind === 'number' && !isWhole[at] ? (followsFrom(columns, at, whole, times) ?? kind) : kind,
  );
}

function ownKind(column: readonly unknown[]): FieldKind {
  if (column.every(isTimeText)) {
    const times = column.map((text) => Date.parse(text as string));
    return isNarrow(times) ? { from: times[0], time: true } : 'values';
  }
  if (!column.every((value) => value === null || (typeof value === 'number' && !Number.isNaN(value))))
    return 'values';
  const isLarge = column.every(
    (value) => Number.isSafeInteger(value) && Math.abs(Number(value)) >= MAX_SPREAD,
  );
  return isLarge && isNarrow(column as number[]) ? { from: Number(column[0]), time: false } : 'number';
}

/** The two fields of which a field with decimals is the ratio, or the years between, in every head; null without. */
function followsFrom(
  columns: Columns,
  at: number,
  whole: readonly number[],
  times: readonly number[],
): FieldKind | null {
  const column = columns[at];
  if (commonExponent(Float64Array.from(column as number[]), new Uint8Array(column.length).fill(1)) !== null)
    return null;
  const find = (among: readonly number[], of: typeof ratioOf): [number, number] | null => {
    for (const a of among) {
      for (const b of among) {
        if (column.every((value, index) => value === of(columns, [a, b], index))) return [a, b];
      }
    }
    return null;
  };
  const years = find(times, yearsOf);
  if (years !== null) return { years };
  const ratio = find(whole, ratioOf);
  return ratio === null ? null : { ratio };
}

function isTimeText(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const time = Date.parse(value);
  return !Number.isNaN(time) && new Date(time).toISOString() === value;
}

const isNarrow = (numbers: readonly number[]): boolean =>
  numbers.every((number) => Math.abs(number - numbers[0]) < MAX_SPREAD);

/** The cells of a field's column, NaN for null; null where it has none. */
function numbersOf(column: readonly unknown[], kind: FieldKind): Float64Array | null {
  if (kind === 'values') return null;
  if (kind === 'number')
    return Float64Array.from(column as (number | null)[], (value) => value ?? Number.NaN);
  if (!('from' in kind)) return null;
  const { from, time } = kind;
  return Float64Array.from(column, (value) => (time ? Date.parse(value as string) : Number(value)) - from);
}

function valuesOf(column: readonly unknown[], packr: Packr): FieldValues {
  const values: unknown[] = [];
  const known = new Map<string, number>();
  const index = column.map((value) => {
    const key = packr.pack(value).toString('latin1');
    const at = known.get(key) ?? values.push(value) - 1;
    known.set(key, at);
    return at;
  });
  return { values, index };
}

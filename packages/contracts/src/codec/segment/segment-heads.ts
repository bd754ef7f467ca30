import { Packr } from 'msgpackr';
import { MalformedBlobError } from '../malformed-blob.ts';
import type { ByteReader, ByteWriter } from './byte-writer.ts';
import { commonExponent } from './decimal-exponent.ts';
import { cellsOf, noColumns, readSegmentColumn } from './segment-column.ts';
import { writeSegmentColumn } from './write-segment-column.ts';

/**
 * The fields of the heads of a segment (MessagePack each, see `ChainHeadCodec`), byte for byte. Where all of them have
 * the same fields, every field is a column: of numbers, of times, of numbers that follow from earlier ones, or of the
 * values that occur and which of them each head has. Otherwise they lie one after another.
 */
export interface SegmentHeadsCodec {
  write(heads: readonly Uint8Array[], out: ByteWriter): void;
  read(count: number, source: ByteReader): SegmentHeads;
}

export interface SegmentHeads {
  /** The fields of a snapshot's head, packed as they were. */
  packed(index: number): Uint8Array;
  /** The same unpacked: the caller's own. */
  fields(index: number): unknown;
  /** One field, by its place in the list. */
  field(index: number, place: number): unknown;
}

const VERBATIM = 0;
const BY_FIELD = 1;

/** How the fields of a head lie, which is the same for all: the place of the map of optional ones, and its figures. */
interface Shape {
  readonly fields: number;
  readonly map: number;
  readonly figures: number;
}

/**
 * How a field is kept: its values by number, as a column of numbers, or of integers above a base; texts that are
 * times as milliseconds likewise. A ratio, and a difference in years, are those of two other fields, by their places.
 */
type FieldKind =
  | 'values'
  | 'number'
  | { readonly from: number; readonly time: boolean }
  | { readonly ratio: readonly [number, number] }
  | { readonly years: readonly [number, number] };

interface FieldValues {
  readonly values: readonly unknown[];
  readonly index: readonly number[];
}

/** What stands before the columns. Layout 1 of segments has `numeric` instead of kinds. */
interface Packed extends Shape {
  readonly kinds?: FieldKind[];
  readonly numeric?: boolean[];
  readonly named: FieldValues[];
}

/** Whole numbers of a column that are apart by less lie within what a column of integers holds. */
const MAX_SPREAD = 2 ** 27;
const MS_PER_YEAR = 365 * 86_400_000;

export function createSegmentHeadsCodec(): SegmentHeadsCodec {
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

  return {
    write(heads, out) {
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
      const named = columns
        .filter((_, at) => kinds[at] === 'values')
        .map((column) => valuesOf(column, packr));
      const packed = packr.pack({ ...shape, kinds, named } satisfies Packed);
      out.varint(BY_FIELD);
      out.varint(packed.length);
      out.bytes(packed);
      const written = noColumns();
      for (const [at, kind] of kinds.entries()) {
        const cells = numbersOf(columns[at], kind);
        if (cells !== null) writeSegmentColumn(cells, heads.length, written, out);
      }
    },
    read(count, source) {
      const mode = source.varint();
      if (mode === VERBATIM) {
        const heads = Array.from({ length: count }, () => source.bytes(source.varint()));
        const fields = (index: number) => packr.unpack(heads[index]) as unknown;
        return {
          packed: (index) => heads[index],
          fields,
          field: (index, place) => (fields(index) as unknown[])[place],
        };
      }
      if (mode !== BY_FIELD) throw new MalformedBlobError(`layout ${mode} of heads is not known`);
      const packed = packr.unpack(source.bytes(source.varint())) as Packed;
      const valueAt = readColumns(packed, count, source);
      const fields = (index: number) => {
        const flat: unknown[] = [];
        for (const each of valueAt) flat.push(each(index));
        return unflatten(flat, packed);
      };
      return {
        field: (index, place) => valueAt[place]?.(index),
        packed: (index) => packr.pack(fields(index)),
        fields,
      };
    },
  };
}

/** Gives the values of a field by head; each is made when it is asked for. */
type FieldReader = (index: number) => unknown;

function readColumns(packed: Packed, count: number, source: ByteReader): FieldReader[] {
  const kinds = packed.kinds ?? packed.numeric?.map((isNumeric) => (isNumeric ? 'number' : 'values')) ?? [];
  const read = noColumns();
  const named = packed.named[Symbol.iterator]();
  const readers: FieldReader[] = [];
  for (const kind of kinds) {
    if (kind === 'values') {
      const { values, index } = named.next().value as FieldValues;
      // A value that no other head shares.
      const isPlain = values.every((value) => typeof value !== 'object' || value === null);
      readers.push(isPlain ? (at) => values[index[at]] : (at) => owned(values[index[at]]));
    } else if (typeof kind === 'object' && 'ratio' in kind) {
      const [a, b] = kind.ratio;
      readers.push((at) => Number(readers[a](at)) / Number(readers[b](at)));
    } else if (typeof kind === 'object' && 'years' in kind) {
      const [a, b] = kind.years;
      readers.push((at) => yearsBetween(readers[b](at), readers[a](at)));
    } else {
      const cells = cellsOf(readSegmentColumn(count, count, read, source), count, count);
      if (kind === 'number') readers.push((at) => (Number.isNaN(cells[at]) ? null : cells[at]));
      else if (kind.time) readers.push(timeTexts((at) => cells[at] + kind.from));
      else readers.push((at) => cells[at] + kind.from);
    }
  }
  return readers;
}

/** Heads that follow each other often say the same time, which takes long to write out. */
function timeTexts(timeAt: (index: number) => number): FieldReader {
  let last = Number.NaN;
  let text = '';
  return (index) => {
    const time = timeAt(index);
    if (time !== last) text = new Date(time).toISOString();
    last = time;
    return text;
  };
}

/** A copy. */
function owned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(owned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, owned(each)]));
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

function unflatten(flat: readonly unknown[], { fields, map }: Shape): unknown[] {
  const list = flat.slice(0, fields);
  if (map >= 0) list[map] = { ...(list[map] as object), figures: flat.slice(fields) };
  return list;
}

type Columns = readonly (readonly unknown[])[];

const ratioOf = (columns: Columns, [a, b]: readonly [number, number], index: number): number =>
  Number(columns[a][index]) / Number(columns[b][index]);
const yearsBetween = (from: unknown, to: unknown): number => (Number(to) - Number(from)) / MS_PER_YEAR;
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

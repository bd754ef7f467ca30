import { Packr } from 'msgpackr';
import { MalformedBlobError } from '../malformed-blob.ts';
import type { ByteReader, ByteWriter } from './byte-writer.ts';
import { cellsOf, noColumns, readSegmentColumn, writeSegmentColumn } from './segment-column.ts';

/**
 * The fields of the heads of a segment (MessagePack each, see `ChainHeadCodec`), byte for byte. Where all of them have
 * the same fields, every field is a column: of numbers, or of the values that occur and which of them each head has.
 * Otherwise they lie one after another.
 */
export interface SegmentHeadsCodec {
  write(heads: readonly Uint8Array[], out: ByteWriter): void;
  read(count: number, source: ByteReader): Uint8Array[];
}

const VERBATIM = 0;
const BY_FIELD = 1;

/** How the fields of a head lie, which is the same for all: the place of the map of optional ones, and its figures. */
interface Shape {
  readonly fields: number;
  readonly map: number;
  readonly figures: number;
}

interface FieldColumn {
  readonly values: readonly unknown[];
  readonly index: readonly number[];
}

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
      const numbers = columns.map(numbersOf);
      const named = columns
        .filter((_, at) => numbers[at] === null)
        .map((column) => fieldColumn(column, packr));
      const packed = packr.pack({ ...shape, numeric: numbers.map((column) => column !== null), named });
      out.varint(BY_FIELD);
      out.varint(packed.length);
      out.bytes(packed);
      const written = noColumns();
      for (const column of numbers)
        if (column !== null) writeSegmentColumn(column, heads.length, written, out);
    },
    read(count, source) {
      const mode = source.varint();
      if (mode === VERBATIM) return Array.from({ length: count }, () => source.bytes(source.varint()));
      if (mode !== BY_FIELD) throw new MalformedBlobError(`layout ${mode} of heads is not known`);
      const packed = packr.unpack(source.bytes(source.varint())) as Shape & {
        numeric: boolean[];
        named: FieldColumn[];
      };
      const read = noColumns();
      const named = packed.named[Symbol.iterator]();
      const columns = packed.numeric.map((isNumeric): readonly unknown[] => {
        if (!isNumeric) {
          const { values, index } = named.next().value as FieldColumn;
          return index.map((at) => values[at]);
        }
        const cells = cellsOf(readSegmentColumn(count, count, read, source), count);
        return Array.from(cells, (cell) => (Number.isNaN(cell) ? null : cell));
      });
      return Array.from({ length: count }, (_, i) =>
        packr.pack(
          unflatten(
            columns.map((column) => column[i]),
            packed,
          ),
        ),
      );
    },
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

function unflatten(flat: readonly unknown[], { fields, map }: Shape): unknown[] {
  const list = flat.slice(0, fields);
  if (map >= 0) list[map] = { ...(list[map] as object), figures: flat.slice(fields) };
  return list;
}

/** Numbers, NaN for null; null where something else is among them. */
function numbersOf(column: readonly unknown[]): Float64Array | null {
  const isNumeric = column.every(
    (value) => value === null || (typeof value === 'number' && !Number.isNaN(value)),
  );
  return isNumeric ? Float64Array.from(column as (number | null)[], (value) => value ?? Number.NaN) : null;
}

function fieldColumn(column: readonly unknown[], packr: Packr): FieldColumn {
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

import { Packr } from 'msgpackr';
import { type FieldReader, type HeadDifferences, type OwnField, owned } from '../head-fields.ts';
import { MalformedBlobError } from '../malformed-blob.ts';
import { createByteReader } from './byte-writer.ts';
import {
  BY_FIELD,
  type FieldValues,
  type PackedHeads,
  unflatten,
  VERBATIM,
  yearsBetween,
} from './segment-heads.ts';

/** What the heads of a segment are read from. */
export interface StoredHeads {
  readonly count: number;
  readonly bytes: Uint8Array;
  /** The columns of fields that `bytes` end with, read, one after another. */
  readonly columns: Float64Array;
}

/** The heads of a segment: what a blob says before its cells. */
export interface ReadHeads extends StoredHeads {
  version(index: number): number;
  quotes(index: number): number;
  /** The fields of a snapshot's head, packed as they were. */
  packed(index: number): Uint8Array;
  /** The same unpacked: the caller's own. */
  fields(index: number): unknown;
  /** One field, by its place in the list. */
  field(index: number, place: number): unknown;
  /** What is not the same in every head; null where heads have different fields. */
  readonly differences: HeadDifferences | null;
}

/** Reads columns of `count` cells from the bytes that they take. */
export type HeadColumns = (bytes: Uint8Array, width: number) => Float64Array;

/** Reads heads. The function has working memory of its own. Throws MalformedBlobError. */
export function createHeadsReader(): (count: number, bytes: Uint8Array, columnsOf: HeadColumns) => ReadHeads {
  const packr = new Packr({ useRecords: false });

  return (count, bytes, columnsOf) => {
    const source = createByteReader(bytes);
    const given = new Uint32Array(2 * count);
    for (let i = 0; i < given.length; i++) given[i] = source.varint();
    const said = {
      count,
      bytes,
      version: (index: number) => given[2 * index],
      quotes: (index: number) => given[2 * index + 1],
    };
    const mode = source.varint();
    if (mode === VERBATIM) {
      const heads = Array.from({ length: count }, () => source.bytes(source.varint()));
      const fields = (index: number) => packr.unpack(heads[index]) as unknown;
      return {
        ...said,
        columns: new Float64Array(),
        packed: (index) => heads[index],
        fields,
        field: (index, place) => (fields(index) as unknown[])[place],
        differences: null,
      };
    }
    if (mode !== BY_FIELD) throw new MalformedBlobError(`layout ${mode} of heads is not known`);
    const packed = packr.unpack(source.bytes(source.varint())) as PackedHeads;
    const kinds = packed.kinds ?? packed.numeric?.map((isNumeric) => (isNumeric ? 'number' : 'values')) ?? [];
    const width = kinds.filter(
      (kind) => kind === 'number' || (typeof kind === 'object' && 'from' in kind),
    ).length;
    const columns = columnsOf(source.bytes(source.left()), width);
    const each = readFields(kinds, packed.named, count, columns);
    const fields = (index: number) => {
      const flat: unknown[] = [];
      for (const { value } of each) flat.push(owned(value(index)));
      return unflatten(flat, packed);
    };
    const own = each.filter(({ isSame, isShared }) => !isSame || isShared);
    return {
      ...said,
      columns,
      packed: (index) => packr.pack(fields(index)),
      fields,
      field: (index, place) => owned(each[place]?.value(index)),
      differences: {
        fields: own.filter(({ place }) => place < packed.fields),
        figures: own
          .filter(({ place }) => place >= packed.fields)
          .map((field) => ({ ...field, place: field.place - packed.fields })),
      },
    };
  };
}

interface ReadField extends OwnField {
  /** It is a list or a map. */
  readonly isShared: boolean;
}

function readFields(
  kinds: NonNullable<PackedHeads['kinds']>,
  named: readonly FieldValues[],
  count: number,
  columns: Float64Array,
): ReadField[] {
  const each: ReadField[] = [];
  let [nextNamed, nextColumn] = [0, 0];
  for (const [place, kind] of kinds.entries()) {
    if (kind === 'values') {
      const { values, index } = named[nextNamed++];
      const isShared = values.some((value) => typeof value === 'object' && value !== null);
      each.push({ place, isSame: values.length === 1, isShared, value: (at) => values[index[at]] });
      continue;
    }
    let value: FieldReader;
    let isSame = false;
    if (typeof kind === 'object' && 'ratio' in kind) {
      const [a, b] = kind.ratio;
      value = (at) => Number(each[a].value(at)) / Number(each[b].value(at));
    } else if (typeof kind === 'object' && 'years' in kind) {
      const [a, b] = kind.years;
      value = (at) => yearsBetween(each[b].value(at), each[a].value(at));
    } else {
      const cells = columns.subarray(nextColumn * count, ++nextColumn * count);
      isSame = isOneValue(cells);
      if (kind === 'number') value = (at) => (Number.isNaN(cells[at]) ? null : cells[at]);
      else if (kind.time) value = timeTexts((at) => cells[at] + kind.from);
      else value = (at) => cells[at] + kind.from;
    }
    each.push({ place, isSame, isShared: false, value });
  }
  return each;
}

function isOneValue(cells: Float64Array): boolean {
  for (let i = 1; i < cells.length; i++) if (!Object.is(cells[i], cells[0])) return false;
  return true;
}

const MINUTE_MS = 60_000;
const SECONDS = 'ss.mmmZ'.length;

/** Times as `toISOString` writes them, which takes long: heads that follow each other are of the same minute. */
function timeTexts(timeAt: (index: number) => number): FieldReader {
  let [minute, last] = [Number.NaN, Number.NaN];
  let [begin, text] = ['', ''];
  return (index) => {
    const time = timeAt(index);
    if (time === last) return text;
    last = time;
    const own = Math.floor(time / MINUTE_MS);
    if (own !== minute) {
      begin = new Date(time).toISOString().slice(0, -SECONDS);
      minute = own;
    }
    const ms = 100_000 + time - own * MINUTE_MS;
    const digits = String(ms);
    text = `${begin}${digits.slice(1, 3)}.${digits.slice(3)}Z`;
    return text;
  };
}

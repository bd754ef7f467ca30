import { fieldsStart, sealBlob, versionOf } from '../blob-checksum.ts';
import { REFERENCES } from '../chain-columns.ts';
import { fieldPlace } from '../chain-head.ts';
import { columnWriter } from '../simd/simd-column-writer.ts';
import { writeVarint } from '../varint.ts';
import { type ByteReader, createByteReader } from './byte-writer.ts';
import { compressedPart } from './compressed-part.ts';
import { createSegmentHeadsCodec, type SegmentHeads } from './segment-heads.ts';
import type { GroupCells, GroupReader, SegmentSnapshots } from './strike-group.ts';

/** Layout 1 is read for good: times as doubles, all strikes in one group, and each column compressed by itself. */
export const FIRST_LAYOUT = 1;

/** Snapshots of one chain in the order of time, read from a segment. */
export interface Segment {
  readonly timestamps: readonly number[];
  /**
   * The cells of a snapshot, in memory of their own or what `memory` gives: its first columns, `width` of them or as many as
   * it has. Where strikes are named, the rows of others may be left out: only what lies together with one of them is
   * decoded. What is decoded is kept. Null where the segment holds blobs as they are.
   */
  cells(index: number, width: number, strikes?: readonly number[], memory?: CellMemory): SnapshotCells | null;
  /** All of these of a snapshot of whose segment no other is needed: sooner, and keeping nothing. */
  alone(index: number, memory?: CellMemory): SnapshotCells | null;
  /** What the heads of all snapshots are read from; see `createHeadsReader`. Empty where it holds blobs. */
  heads(): Uint8Array;
  /** The beginning of the blob of a snapshot, without a valid checksum. Null where the segment holds blobs as they are. */
  head(index: number): Uint8Array | null;
  /** The cells of a snapshot with what its head says. */
  parts(index: number, width: number, strikes?: readonly number[]): SnapshotParts | null;
  /** The blob of a snapshot: what was sealed, where the same release wrote both; otherwise it says the same. */
  blob(index: number): Uint8Array;
  /** Gives back what is kept decoded. */
  release(): void;
}

/** Column by column. */
export interface SnapshotCells {
  readonly strikes: number;
  /** Columns that the snapshot has, of which these may be the first. */
  readonly width: number;
  readonly cells: Float64Array<ArrayBuffer>;
}

/** Gives memory for so many cells. */
export type CellMemory = (cells: number) => Float64Array<ArrayBuffer>;

export interface SnapshotParts {
  /** Of its blob, and how many strikes and columns that has. */
  readonly version: number;
  readonly strikes: number;
  readonly width: number;
  /** The fields of its head, unpacked. */
  readonly fields: unknown;
  /** Column by column. */
  readonly cells: Float64Array<ArrayBuffer>;
}

/** The heads of a segment. */
export interface ReadHeads {
  version(index: number): number;
  quotes(index: number): number;
  readonly fields: SegmentHeads;
}

/** Reads what `Segment.heads` gives, of so many snapshots. The function has working memory of its own. */
export function createHeadsReader(): (count: number, bytes: Uint8Array) => ReadHeads {
  const codec = createSegmentHeadsCodec();
  return (count, bytes) => {
    const source = createByteReader(bytes);
    const given = Array.from({ length: count }, () => ({
      version: source.varint(),
      quotes: source.varint(),
    }));
    const fields = codec.read(count, source);
    return { version: (index) => given[index].version, quotes: (index) => given[index].quotes, fields };
  };
}

const PLACES = {
  forward: fieldPlace('forward'),
  yearFraction: fieldPlace('year_fraction'),
  rate: fieldPlace('rate'),
  future: fieldPlace('future'),
};

/** What the head of each snapshot says that its cells are predicted from. */
export function snapshotsOf(times: number, width: number, heads: SegmentHeads): SegmentSnapshots {
  const indices = Array.from({ length: times }, (_, index) => index);
  const markets = indices.map((index) => {
    const [forward, yearFraction, rate] = [PLACES.forward, PLACES.yearFraction, PLACES.rate].map((place) =>
      heads.field(index, place),
    );
    const given = [forward, yearFraction, rate].every((each) => typeof each === 'number');
    return given
      ? { forward: Number(forward), yearFraction: Number(yearFraction), rate: Number(rate) }
      : null;
  });
  const coinPrices = indices.map((index) => {
    const future = heads.field(index, PLACES.future);
    return typeof future === 'number' ? future : Number.NaN;
  });
  return { times, width, markets, coinPrices };
}

/** Opens segments that lie contract by contract, behind their times. The function has working memory of its own. */
export function createContractReader(
  groupReader: GroupReader,
): (timestamps: readonly number[], layout: number, source: ByteReader) => Segment {
  const readHeads = createHeadsReader();

  return (timestamps: readonly number[], layout: number, source: ByteReader): Segment => {
    const times = timestamps.length;
    const width = source.varint();
    const all = layout === FIRST_LAYOUT ? source.varint() : 0;
    const beginning = compressedPart(source);
    const spans: StrikeSpan[] = [];
    if (layout === FIRST_LAYOUT) {
      const columns = Array.from({ length: width }, () => compressedPart(source));
      spans.push({
        from: Number.NEGATIVE_INFINITY,
        strikes: all,
        bytes: () => Buffer.concat(columns.map((column) => column())),
      });
    } else {
      const count = source.varint();
      for (let i = 0; i < count; i++) {
        const [from, strikes] = [source.double(), source.varint()];
        spans.push({ from, strikes, bytes: compressedPart(source) });
      }
    }
    const evaluations: 1 | 2 = layout === FIRST_LAYOUT ? 2 : 1;
    const head = lazily(() => {
      const bytes = beginning();
      const heads = readHeads(times, bytes);
      return { bytes, heads, snapshots: snapshotsOf(times, width, heads.fields) };
    });
    /** By span: what was read of it. */
    const kept: GroupCells[] = [];
    /** The first columns of the strikes of a span, or more of them. */
    const cellsOf = (span: number, columns: number, only?: number): GroupCells => {
      const known = kept[span];
      if (known !== undefined && known.width >= columns) return known;
      const { strikes, bytes } = spans[span];
      const group = { snapshots: head().snapshots, strikes, bytes: bytes(), evaluations };
      // The first column says which strikes a snapshot has.
      const read = groupReader.read(group, Math.max(1, columns), only);
      if (only !== undefined) return read;
      if (known !== undefined) groupReader.release(known);
      kept[span] = read;
      return read;
    };

    const cells = (
      index: number,
      wanted: number,
      strikes?: readonly number[],
      memory: CellMemory = newCells,
      only?: number,
    ): SnapshotCells => {
      const taken = Math.min(wanted, width);
      const groups: GroupCells[] = [];
      let count = 0;
      for (let i = 0; i < spans.length; i++) {
        const isNamed = strikes?.some((strike) => strike >= spans[i].from && !(strike >= spans[i + 1]?.from));
        if (isNamed === false) continue;
        const group = cellsOf(i, taken, only);
        groups.push(group);
        count += group.counts[index];
      }
      const gathered = memory(count * taken);
      let before = 0;
      for (const group of groups) before += gather(group, index, taken, gathered, count, before);
      return { strikes: count, width, cells: gathered };
    };
    const headBytes = (index: number, strikes: number): Uint8Array => {
      const { heads } = head();
      const quotes = Math.min(heads.quotes(index), 2 * strikes);
      const sizes = { version: heads.version(index), strikes, width, quotes };
      return headOf({ ...sizes, fields: heads.fields.packed(index) });
    };
    return {
      timestamps,
      release() {
        for (const group of kept.splice(0)) if (group !== undefined) groupReader.release(group);
      },
      cells: (index, wanted, strikes, memory) => cells(index, wanted, strikes, memory),
      alone: (index, memory) => cells(index, width, undefined, memory, index),
      heads: () => head().bytes,
      parts(index, wanted, strikes) {
        const { heads } = head();
        return {
          version: heads.version(index),
          fields: heads.fields.fields(index),
          ...cells(index, wanted, strikes),
        };
      },
      head: (index) => headBytes(index, cells(index, 0).strikes),
      blob(index) {
        const { cells: all, strikes } = cells(index, width);
        const bytes = headBytes(index, strikes);
        const references = Array.from({ length: width }, (_, column) => REFERENCES[column] ?? -1);
        const writer = columnWriter();
        const target = new Uint8Array(bytes.length + writer.bound(strikes, width));
        target.set(bytes);
        const blob = target.slice(0, writer.write(all, strikes, references, target, bytes.length));
        return versionOf(blob) === 1 ? blob : sealBlob(blob);
      },
    };
  };
}

/** Strikes that are compressed together; `bytes` are their columns, one after another. */
interface StrikeSpan {
  readonly from: number;
  readonly strikes: number;
  readonly bytes: () => Uint8Array;
}

/** Puts the cells of a snapshot into columns of `count` cells, behind `before` others; returns how many of each. */
function gather(
  { width, counts, starts, cells: from }: GroupCells,
  index: number,
  columns: number,
  cells: Float64Array,
  count: number,
  before: number,
): number {
  const rows = counts[index];
  let at = width * starts[index];
  if (rows === count) {
    cells.set(from.subarray(at, at + columns * count));
    return rows;
  }
  for (let to = before; to < columns * count; to += count) {
    for (let row = 0; row < rows; row++) cells[to + row] = from[at++];
  }
  return rows;
}

const newCells: CellMemory = (cells) => new Float64Array(cells);

function lazily<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

/** What a head says before its fields, and those. */
interface HeadParts {
  readonly version: number;
  readonly strikes: number;
  readonly width: number;
  readonly quotes: number;
  readonly fields: Uint8Array;
}

/** The head of a blob, its checksum not set. */
function headOf(parsed: HeadParts): Uint8Array<ArrayBuffer> {
  const { version, strikes, width, quotes, fields } = parsed;
  const start = fieldsStart(version);
  const room = new Uint8Array(start + 20 + fields.length);
  room[0] = version;
  let at = start;
  for (const size of [strikes, width, quotes, fields.length]) at = writeVarint(room, at, size);
  room.set(fields, at);
  return room.slice(0, at + fields.length);
}

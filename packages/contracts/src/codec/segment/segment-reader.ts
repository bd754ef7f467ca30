import { fieldsStart, sealBlob, versionOf } from '../blob-checksum.ts';
import { REFERENCES } from '../chain-columns.ts';
import { fieldPlace } from '../head-fields.ts';
import { columnWriter } from '../simd/simd-column-writer.ts';
import { writeVarint } from '../varint.ts';
import type { ByteReader } from './byte-writer.ts';
import { compressedPart } from './compressed-part.ts';
import { createHeadsReader, type ReadHeads, type StoredHeads } from './read-heads.ts';
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
  /** What the heads of all snapshots are read from; null where it holds blobs. */
  heads(): StoredHeads | null;
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

export interface SnapshotParts extends SnapshotCells {
  readonly heads: ReadHeads;
  /** Of the snapshot, among them. */
  readonly index: number;
}

const PLACES = {
  forward: fieldPlace('forward'),
  yearFraction: fieldPlace('year_fraction'),
  rate: fieldPlace('rate'),
  future: fieldPlace('future'),
};

/** What the head of each snapshot says that its cells are predicted from. */
export function snapshotsOf(times: number, width: number, heads: ReadHeads): SegmentSnapshots {
  const numberAt = (index: number, place: number): number => {
    const value = heads.field(index, place);
    return typeof value === 'number' ? value : Number.NaN;
  };
  const markets: SegmentSnapshots['markets'][number][] = [];
  const coinPrices: number[] = [];
  for (let index = 0; index < times; index++) {
    const forward = numberAt(index, PLACES.forward);
    const yearFraction = numberAt(index, PLACES.yearFraction);
    const rate = numberAt(index, PLACES.rate);
    // None of them is kept as NaN.
    markets.push(Number.isNaN(forward + yearFraction + rate) ? null : { forward, yearFraction, rate });
    coinPrices.push(numberAt(index, PLACES.future));
  }
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
      const heads = readHeads(times, bytes, (source, fields) => groupReader.columns(source, times, fields));
      return { heads, snapshots: snapshotsOf(times, width, heads) };
    });
    const every = [...spans.keys()];
    let named: { readonly strikes: readonly number[]; readonly spans: readonly number[] } | null = null;
    const spansWith = (strikes: readonly number[]): readonly number[] => {
      if (named?.strikes === strikes) return named.spans;
      const isNamed = (i: number) =>
        strikes.some((strike) => strike >= spans[i].from && !(strike >= spans[i + 1]?.from));
      named = { strikes, spans: every.filter(isNamed) };
      return named.spans;
    };
    let kept: { readonly of: string; readonly read: GroupCells } | null = null;
    /** The first columns of spans together, or more of them. */
    const cellsOf = (chosen: readonly number[], columns: number, only?: number): GroupCells => {
      const of = chosen.join();
      if (kept?.of === of && kept.read.width >= columns) return kept.read;
      const groups = chosen.map((span) => ({ strikes: spans[span].strikes, bytes: spans[span].bytes() }));
      // The first column says which strikes a snapshot has.
      const read = groupReader.read(
        { snapshots: head().snapshots, groups, evaluations },
        Math.max(1, columns),
        only,
      );
      if (only !== undefined) return read;
      if (kept !== null) groupReader.release(kept.read);
      kept = { of, read };
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
      const chosen = strikes === undefined ? every : spansWith(strikes);
      if (chosen.length === 0) return { strikes: 0, width, cells: memory(0) };
      const read = cellsOf(chosen, taken, only);
      const count = read.counts[index];
      const from = read.width * read.starts[index];
      const own = memory(count * taken);
      own.set(read.cells.subarray(from, from + own.length));
      return { strikes: count, width, cells: own };
    };
    const headBytes = (index: number, strikes: number): Uint8Array => {
      const { heads } = head();
      const quotes = Math.min(heads.quotes(index), 2 * strikes);
      const sizes = { version: heads.version(index), strikes, width, quotes };
      return headOf({ ...sizes, fields: heads.packed(index) });
    };
    return {
      timestamps,
      release() {
        if (kept !== null) groupReader.release(kept.read);
        kept = null;
      },
      cells: (index, wanted, strikes, memory) => cells(index, wanted, strikes, memory),
      alone: (index, memory) => cells(index, width, undefined, memory, index),
      heads: () => head().heads,
      parts: (index, wanted, strikes) => ({ heads: head().heads, index, ...cells(index, wanted, strikes) }),
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

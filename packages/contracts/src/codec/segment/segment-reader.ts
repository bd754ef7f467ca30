import { fieldsStart, sealBlob, versionOf } from '../blob-checksum.ts';
import { REFERENCES } from '../chain-columns.ts';
import { fieldPlace } from '../chain-head.ts';
import { columnWriter } from '../simd/simd-column-writer.ts';
import { writeVarint } from '../varint.ts';
import type { ByteReader } from './byte-writer.ts';
import { compressedPart } from './compressed-part.ts';
import { createSegmentHeadsCodec, type SegmentHeads } from './segment-heads.ts';
import { openStrikeGroup, type SegmentSnapshots, type StrikeGroup } from './strike-group.ts';

/** Layout 1 is read for good: times as doubles, all strikes in one group, and each column compressed by itself. */
export const FIRST_LAYOUT = 1;

/** Snapshots of one chain in the order of time, read from a segment. */
export interface Segment {
  readonly timestamps: readonly number[];
  /**
   * A snapshot in parts, in memory of its own or what `memory` gives: the head of its blob, and its first columns, `width`
   * of them or as many as it has. Where strikes are named, the rows of others may be left out: only what lies together with
   * one of them is decoded. What is decoded is kept. Null where the segment holds blobs as they are.
   */
  parts(index: number, width: number, strikes?: readonly number[], memory?: CellMemory): SnapshotParts | null;
  /**
   * All columns of a snapshot, of which the rest is not needed: sooner than `parts`, keeping nothing, and without comparing
   * the greeks, which are computed, with their checksum.
   */
  one(index: number): SnapshotParts | null;
  /** The blob of a snapshot: what was sealed, where the same release wrote both; otherwise it says the same. */
  blob(index: number): Uint8Array;
}

/** Gives memory for so many cells. */
export type CellMemory = (cells: number) => Float64Array<ArrayBuffer>;

export interface SnapshotParts {
  /** The beginning of its blob, without a valid checksum. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** Column by column. */
  readonly cells: Float64Array<ArrayBuffer>;
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
export function createContractReader(): (
  timestamps: readonly number[],
  layout: number,
  source: ByteReader,
) => Segment {
  const headFields = createSegmentHeadsCodec();

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
        bytesOf: () => (column) => columns[column](),
      });
    } else {
      const count = source.varint();
      for (let i = 0; i < count; i++) {
        const [from, strikes] = [source.double(), source.varint()];
        const part = compressedPart(source);
        const bytesOf = () => {
          const bytes = part();
          return () => bytes;
        };
        spans.push({ from, strikes, bytesOf });
      }
    }
    const evaluations = layout === FIRST_LAYOUT ? 2 : 1;
    const head = lazily(() => {
      const bytes = beginning();
      const given = timestamps.map(() => ({ version: bytes.varint(), quotes: bytes.varint() }));
      const fields = headFields.read(times, bytes);
      return { given, fields, snapshots: snapshotsOf(times, width, fields) };
    });
    const openGroup = ({ strikes, bytesOf }: StrikeSpan, wanted: number | null): StrikeGroup =>
      openStrikeGroup({ snapshots: head().snapshots, strikes, bytesOf: bytesOf(), evaluations, wanted });
    const kept = spans.map((span) => lazily(() => openGroup(span, null)));

    const partsOf = (
      index: number,
      wanted: number,
      groups: readonly StrikeGroup[],
      memory?: CellMemory,
    ): SnapshotParts => {
      const { given, fields } = head();
      const places = groups.map((group) => group.placesOf(index));
      const count = places.reduce((total, each) => total + each.length, 0);
      const taken = Math.min(wanted, width);
      const cells = (memory ?? newCells)(count * taken);
      let before = 0;
      for (const [i, group] of groups.entries()) {
        for (let column = 0; column < taken; column++) {
          group.gather(column, index, places[i], cells, column * count + before);
        }
        before += places[i].length;
      }
      const { version, quotes } = given[index];
      const sizes = { version, strikes: count, width, quotes: Math.min(quotes, 2 * count) };
      const bytes = headOf({ ...sizes, fields: fields.packed(index) });
      return { head: memory === undefined ? bytes : placed(bytes, memory), cells };
    };
    const parts = (
      index: number,
      wanted: number,
      strikes?: readonly number[],
      memory?: CellMemory,
    ): SnapshotParts => {
      const isNamed = (i: number) =>
        strikes === undefined ||
        strikes.some((strike) => strike >= spans[i].from && !(strike >= spans[i + 1]?.from));
      return partsOf(
        index,
        wanted,
        kept.filter((_, i) => isNamed(i)).map((group) => group()),
        memory,
      );
    };
    return {
      timestamps,
      parts,
      one: (index) =>
        partsOf(
          index,
          width,
          spans.map((span) => openGroup(span, index)),
        ),
      blob(index) {
        const { head: bytes, cells } = parts(index, width);
        const count = cells.length / width;
        const references = Array.from({ length: width }, (_, column) => REFERENCES[column] ?? -1);
        const writer = columnWriter();
        const target = new Uint8Array(bytes.length + writer.bound(count, width));
        target.set(bytes);
        const blob = target.slice(0, writer.write(cells, count, references, target, bytes.length));
        return versionOf(blob) === 1 ? blob : sealBlob(blob);
      },
    };
  };
}

/** Strikes that are compressed together; `bytesOf` begins to read their columns, one after another. */
interface StrikeSpan {
  readonly from: number;
  readonly strikes: number;
  readonly bytesOf: () => (column: number) => ByteReader;
}

const newCells: CellMemory = (cells) => new Float64Array(cells);

/** Bytes in memory for cells. */
function placed(bytes: Uint8Array, memory: CellMemory): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset } = memory(Math.ceil(bytes.length / Float64Array.BYTES_PER_ELEMENT));
  const place = new Uint8Array(buffer, byteOffset, bytes.length);
  place.set(bytes);
  return place;
}

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
export function headOf(parsed: HeadParts): Uint8Array<ArrayBuffer> {
  const { version, strikes, width, quotes, fields } = parsed;
  const start = fieldsStart(version);
  const room = new Uint8Array(start + 20 + fields.length);
  room[0] = version;
  let at = start;
  for (const size of [strikes, width, quotes, fields.length]) at = writeVarint(room, at, size);
  room.set(fields, at);
  return room.slice(0, at + fields.length);
}

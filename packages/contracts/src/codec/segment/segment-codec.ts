import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { fieldsStart, sealBlob, verifyBlob, versionOf } from '../blob-checksum.ts';
import { REFERENCES } from '../chain-columns.ts';
import { type ChainHead, createChainHeadCodec } from '../chain-head.ts';
import { createColumnReader } from '../column-reader.ts';
import { MalformedBlobError } from '../malformed-blob.ts';
import { columnWriter } from '../simd/simd-column-writer.ts';
import { writeVarint } from '../varint.ts';
import { type ByteReader, type ByteWriter, createByteReader, createByteWriter } from './byte-writer.ts';
import { powerOfTen } from './decimal-exponent.ts';
import { createGreekModel, type GreekModel, type SnapshotMarket } from './greek-model.ts';
import {
  cellsOf,
  noColumns,
  type ReadColumn,
  readSegmentColumn,
  type SegmentColumns,
  writeSegmentColumn,
} from './segment-column.ts';
import { createSegmentHeadsCodec } from './segment-heads.ts';

/** Layout version, the first byte of every segment; the CRC-32 of all that follows is in the next four. */
const SEGMENT_VERSION = 1;
const CONTENT_START = 5; // Behind version and checksum.

const VERBATIM = 0;
const BY_CONTRACT = 1;

/** Snapshots of one chain in the order of time, read from a segment. */
export interface Segment {
  readonly timestamps: readonly number[];
  /**
   * A snapshot in parts, in fresh memory: the head of its blob, and its first columns, `width` of them or as many as it
   * has. Columns are decoded when they are first asked for, and kept. Null where the segment holds blobs as they are.
   */
  parts(index: number, width: number): SnapshotParts | null;
  /** The blob of a snapshot: what was sealed, where the same release wrote both; otherwise it says the same. */
  blob(index: number): Uint8Array;
}

export interface SnapshotParts {
  /** The beginning of its blob, without a valid checksum. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** Column by column. */
  readonly cells: Float64Array<ArrayBuffer>;
}

/**
 * Snapshots of one chain as one compressed segment: contract by contract, so that what changes little from snapshot to
 * snapshot, and from strike to strike, takes little. What comes back equals what was sealed: every byte of a head, and
 * every bit of a cell (any NaN comes back as the one NaN). Each segment is read back before it is returned; where that
 * does not give what was sealed, as where strikes do not ascend or layouts differ, it holds the blobs as they are,
 * compressed. A codec has working memory of its own, for one thread.
 */
export interface SegmentCodec {
  /** `blobs` ascend in time. Throws MalformedBlobError where one of them is damaged. */
  encode(blobs: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
  /** Throws MalformedBlobError, with a clear message for a layout of a newer release. */
  open(segment: Uint8Array): Segment;
}

interface ParsedBlob {
  readonly version: number;
  readonly timestamp: number;
  readonly strikes: number;
  readonly width: number;
  readonly quotes: number;
  readonly fields: Uint8Array;
  readonly market: SnapshotMarket | null;
  readonly values: Float64Array;
}

/** Of a head that is read for its fields alone. */
const NO_CELLS = { strikes: 0, width: 0, quotes: 0 };

function marketOf({ chain }: ChainHead): SnapshotMarket | null {
  const { forward, year_fraction, rate } = chain.summary;
  const given = [forward, year_fraction, rate].every((each) => typeof each === 'number');
  return given ? { forward: Number(forward), yearFraction: Number(year_fraction), rate: Number(rate) } : null;
}

/** The last decimal of a column that was written or read; 0 where it is none of integers. */
function stepOf({ integers }: SegmentColumns, column: number): number {
  const exponent = integers[column]?.exponent;
  return exponent === undefined ? 0 : 1 / powerOfTen(exponent);
}

export function createSegmentCodec(): SegmentCodec {
  const heads = createChainHeadCodec();
  const headFields = createSegmentHeadsCodec();
  const reader = createColumnReader();

  const parse = (blob: Uint8Array): ParsedBlob => {
    verifyBlob(blob);
    const head = heads.decode(blob);
    const { chain, strikes, columns, quotes, end, start } = head;
    const values = new Float64Array(strikes * columns);
    reader.read(blob, end, strikes, columns, values);
    const fields = blob.subarray(start, end);
    return {
      version: versionOf(blob),
      timestamp: chain.timestamp,
      strikes,
      width: columns,
      quotes,
      fields,
      market: marketOf(head),
      values,
    };
  };

  const writeByContract = (parsed: readonly ParsedBlob[], strikes: readonly number[], out: ByteWriter) => {
    const times = parsed.length;
    const [{ width }] = parsed;
    for (const number of [width, strikes.length]) out.varint(number);
    const beginning = createByteWriter();
    for (const { version, quotes } of parsed) {
      beginning.varint(version);
      beginning.varint(quotes);
    }
    headFields.write(
      parsed.map(({ fields }) => fields),
      beginning,
    );
    writeCompressed(beginning.done(), out);
    const rows = new Map(strikes.map((strike, row) => [strike, row]));
    const places = parsed.map(({ strikes: count, values }) =>
      Int32Array.from(values.subarray(0, count), (strike) => (rows.get(strike) as number) * times),
    );
    const written = noColumns();
    const before: Float64Array[] = [];
    const model = createGreekModel(
      parsed.map(({ market }) => market),
      (column) => before[column],
      (column) => stepOf(written, column),
    );
    const bytes = createByteWriter(2 * strikes.length * times + 64);
    for (let column = 0; column < width; column++) {
      const cells = new Float64Array(strikes.length * times).fill(Number.NaN);
      for (let t = 0; t < times; t++) {
        const { strikes: count, values } = parsed[t];
        const place = places[t];
        for (let row = 0; row < count; row++) cells[place[row] + t] = values[column * count + row];
      }
      writeSegmentColumn(cells, times, written, bytes, model(column));
      before.push(cells);
      writeCompressed(bytes.done(), out);
    }
  };

  const openByContract = (timestamps: readonly number[], source: ByteReader): Segment => {
    const times = timestamps.length;
    const [width, strikes] = [source.varint(), source.varint()];
    const beginning = createByteReader(readCompressed(source));
    const given = timestamps.map(() => ({ version: beginning.varint(), quotes: beginning.varint() }));
    let fields: Uint8Array[] | null = null;
    const read = noColumns();
    const columns: ReadColumn[] = [];
    const fieldsOfAll = () => {
      fields ??= headFields.read(times, beginning);
      return fields;
    };
    let model: GreekModel | null = null;
    const modelOf = (column: number) => {
      model ??= createGreekModel(
        fieldsOfAll().map((each, i) =>
          marketOf(heads.decode(headOf({ ...NO_CELLS, version: given[i].version, fields: each }))),
        ),
        (each) => cellsOf(columns[each], strikes * times),
        (each) => stepOf(read, each),
      );
      return model(column);
    };
    const readThrough = (wanted: number) => {
      while (columns.length < Math.min(wanted, width)) {
        const bytes = createByteReader(readCompressed(source));
        const column = columns.length;
        columns.push(readSegmentColumn(strikes * times, times, read, bytes, () => modelOf(column)));
      }
    };
    /** Where the cells of the strikes are that a snapshot has. */
    const placesOf = (ladder: ReadColumn, index: number): Int32Array => {
      if (ladder.integers !== null) return Int32Array.from({ length: strikes }, (_, k) => k * times + index);
      const places: number[] = [];
      for (let i = index; i < strikes * times; i += times) {
        if (!Number.isNaN(ladder.cells?.[i] ?? Number.NaN)) places.push(i);
      }
      return Int32Array.from(places);
    };
    const parts = (index: number, wanted: number): SnapshotParts => {
      readThrough(Math.max(1, wanted));
      const places = placesOf(columns[0], index);
      const count = places.length;
      const taken = Math.min(wanted, width);
      const cells = new Float64Array(count * taken);
      for (let column = 0; column < taken; column++) gather(columns[column], places, cells, column * count);
      const { version, quotes } = given[index];
      return {
        head: headOf({ version, strikes: count, width, quotes, fields: fieldsOfAll()[index] }),
        cells,
      };
    };
    return {
      timestamps,
      parts,
      blob(index) {
        const { head, cells } = parts(index, width);
        const count = cells.length / width;
        const references = Array.from({ length: width }, (_, column) => REFERENCES[column] ?? -1);
        const writer = columnWriter();
        const target = new Uint8Array(head.length + writer.bound(count, width));
        target.set(head);
        const blob = target.slice(0, writer.write(cells, count, references, target, head.length));
        return versionOf(blob) === 1 ? blob : sealBlob(blob);
      },
    };
  };

  const open = (segment: Uint8Array): Segment => {
    verifySegment(segment);
    const source = createByteReader(segment, CONTENT_START);
    const mode = source.varint();
    if (mode !== VERBATIM && mode !== BY_CONTRACT)
      throw new MalformedBlobError(`segment mode ${mode} is not known`);
    const timestamps = Array.from({ length: source.varint() }, () => source.double());
    if (mode === BY_CONTRACT) return openByContract(timestamps, source);
    const lengths = timestamps.map(() => source.varint());
    const blobs = createByteReader(readCompressed(source));
    const each = lengths.map((length) => blobs.bytes(length));
    return { timestamps, parts: () => null, blob: (index) => each[index] };
  };
  const written = (mode: number, parsed: readonly ParsedBlob[], content: (out: ByteWriter) => void) => {
    const out = createByteWriter(64 * 1024);
    out.bytes(new Uint8Array(CONTENT_START));
    out.varint(mode);
    out.varint(parsed.length);
    for (const { timestamp } of parsed) out.double(timestamp);
    content(out);
    const segment = out.done();
    segment[0] = SEGMENT_VERSION;
    return sealBlob(segment);
  };
  const readsBack = (segment: Uint8Array, parsed: readonly ParsedBlob[]): boolean => {
    const opened = open(segment);
    return parsed.every((each, index) => {
      const parts = opened.parts(index, each.width);
      return parts !== null && sameBytes(parts.cells, each.values) && sameBytes(parts.head, headOf(each));
    });
  };

  return {
    encode(blobs) {
      const parsed = blobs.map(parse);
      const strikes = commonStrikes(parsed);
      if (strikes !== null) {
        const segment = written(BY_CONTRACT, parsed, (out) => writeByContract(parsed, strikes, out));
        if (readsBack(segment, parsed)) return segment;
      }
      return written(VERBATIM, parsed, (out) => {
        for (const blob of blobs) out.varint(blob.length);
        writeCompressed(Buffer.concat(blobs), out);
      });
    },
    open,
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
const sameBytes = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  Buffer.compare(bytesOf(a), bytesOf(b)) === 0;

function gather(column: ReadColumn, places: Int32Array, cells: Float64Array, start: number): void {
  const count = places.length;
  if (column.integers !== null) {
    const { integers, power } = column;
    for (let row = 0; row < count; row++) cells[start + row] = integers[places[row]] / power;
    return;
  }
  const from = column.cells;
  if (from === null) cells.fill(Number.NaN, start, start + count);
  else for (let row = 0; row < count; row++) cells[start + row] = from[places[row]];
}

/** Throws MalformedBlobError when the bytes are not those that were sealed, or a newer release wrote them. */
function verifySegment(segment: Uint8Array): void {
  const [version] = segment;
  if (version !== SEGMENT_VERSION) {
    const newer = version > SEGMENT_VERSION ? ': a newer release wrote it; upgrade DeltaStream' : '';
    throw new MalformedBlobError(
      `the layout of the segment is ${String(version)}, expected ${SEGMENT_VERSION}${newer}`,
    );
  }
  if (segment.length <= CONTENT_START) throw new MalformedBlobError('the segment ends inside its checksum');
  const stored = new DataView(segment.buffer, segment.byteOffset + 1).getUint32(0, true);
  if (stored !== crc32(segment.subarray(CONTENT_START))) {
    throw new MalformedBlobError('the checksum of the segment does not fit its bytes');
  }
}

/** The strikes of all snapshots together, ascending; null where they cannot lie contract by contract. */
function commonStrikes(parsed: readonly ParsedBlob[]): number[] | null {
  const all = new Set<number>();
  for (const { strikes, values, width } of parsed) {
    if (width !== parsed[0].width || width === 0) return null;
    for (let row = 0; row < strikes; row++) {
      const strike = values[row];
      if (!Number.isFinite(strike) || Object.is(strike, -0) || (row > 0 && strike <= values[row - 1]))
        return null;
      all.add(strike);
    }
  }
  return parsed.length === 0 ? null : [...all].sort((a, b) => a - b);
}

/** The head of a blob, its checksum not set. */
function headOf(parsed: Omit<ParsedBlob, 'timestamp' | 'values' | 'market'>): Uint8Array<ArrayBuffer> {
  const { version, strikes, width, quotes, fields } = parsed;
  const start = fieldsStart(version);
  const room = new Uint8Array(start + 20 + fields.length);
  room[0] = version;
  let at = start;
  for (const size of [strikes, width, quotes, fields.length]) at = writeVarint(room, at, size);
  room.set(fields, at);
  return room.slice(0, at + fields.length);
}

/** Bytes, compressed where that makes them shorter: how many they are, how many are stored, and those. */
function writeCompressed(bytes: Uint8Array, out: ByteWriter): void {
  const compressed = zstdCompressSync(bytes);
  const stored = compressed.length < bytes.length ? compressed : bytes;
  out.varint(bytes.length);
  out.varint(stored.length);
  out.bytes(stored);
}

function readCompressed(source: ByteReader): Uint8Array {
  const length = source.varint();
  const stored = source.bytes(source.varint());
  if (stored.length === length) return stored;
  try {
    return zstdDecompressSync(stored, { maxOutputLength: length });
  } catch (cause) {
    throw new MalformedBlobError('a part of the segment cannot be decompressed', { cause });
  }
}

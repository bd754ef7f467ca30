import { crc32 } from 'node:zlib';
import { sealBlob, verifyBlob, versionOf } from '../blob-checksum.ts';
import { createChainHeadCodec } from '../chain-head.ts';
import { MalformedBlobError } from '../malformed-blob.ts';
import { columnReader } from '../simd/simd-column-reader.ts';
import { type ByteWriter, createByteReader, createByteWriter } from './byte-writer.ts';
import { compressedPart, writeCompressed } from './compressed-part.ts';
import { createHeadsReader } from './read-heads.ts';
import { createHeadsWriter } from './segment-heads.ts';
import { createContractReader, FIRST_LAYOUT, type Segment, snapshotsOf } from './segment-reader.ts';
import { readTimes, writeTimes } from './segment-times.ts';
import { createGroupReader } from './simd/simd-group-reader.ts';
import { type GroupReader, writeStrikeGroup } from './strike-group.ts';

/** Layout version, the first byte of every segment; the CRC-32 of all that follows is in the next four. */
const SEGMENT_VERSION = 2;
const CONTENT_START = 5; // Behind version and checksum.

const VERBATIM = 0;
const BY_CONTRACT = 1;

/**
 * Strikes that are compressed together, at most: of fewer one contract is read sooner, and of more less is stored. A call
 * of the library that decompresses takes as long as decoding some hundred quotes.
 */
const GROUP_STRIKES = 16;
/** Of few snapshots more strikes lie together: what costs by the call or by the group counts more than what it decodes. */
const GROUP_CELLS = 60 * GROUP_STRIKES;

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
  readonly values: Float64Array;
}

export function createSegmentCodec(groups: GroupReader = createGroupReader()): SegmentCodec {
  const heads = createChainHeadCodec();
  const writeHeads = createHeadsWriter();
  const openByContract = createContractReader(groups);
  const readHeads = createHeadsReader();

  const parse = (blob: Uint8Array): ParsedBlob => {
    verifyBlob(blob);
    const { chain, strikes, columns, quotes, end, start } = heads.decode(blob);
    const values = new Float64Array(strikes * columns);
    columnReader().read(blob, end, strikes, columns, values);
    const fields = blob.subarray(start, end);
    const version = versionOf(blob);
    return { version, timestamp: chain.timestamp, strikes, width: columns, quotes, fields, values };
  };

  const writeByContract = (parsed: readonly ParsedBlob[], strikes: readonly number[], out: ByteWriter) => {
    const times = parsed.length;
    const [{ width }] = parsed;
    const bytes = createByteWriter();
    for (const { version, quotes } of parsed) {
      bytes.varint(version);
      bytes.varint(quotes);
    }
    writeHeads(
      parsed.map(({ fields }) => fields),
      bytes,
    );
    const beginning = bytes.done();
    const read = readHeads(times, beginning, (source, fields) => groups.columns(source, times, fields));
    const snapshots = snapshotsOf(times, width, read);
    out.varint(width);
    writeCompressed(beginning, out);
    const parts = Math.ceil(strikes.length / Math.max(GROUP_STRIKES, Math.floor(GROUP_CELLS / times)));
    out.varint(parts);
    const places = new Map(strikes.map((strike, place) => [strike, place]));
    const placesOf = parsed.map(({ strikes: count, values }) =>
      Int32Array.from(values.subarray(0, count), (strike) => places.get(strike) as number),
    );
    for (let part = 0; part < parts; part++) {
      const first = Math.round((part * strikes.length) / parts);
      const end = Math.round(((part + 1) * strikes.length) / parts);
      const cellsOfColumn = (column: number) => {
        const cells = new Float64Array((end - first) * times).fill(Number.NaN);
        for (let t = 0; t < times; t++) {
          const { strikes: count, values } = parsed[t];
          for (let row = 0; row < count; row++) {
            const place = placesOf[t][row];
            if (place >= first && place < end)
              cells[(place - first) * times + t] = values[column * count + row];
          }
        }
        return cells;
      };
      writeStrikeGroup(snapshots, cellsOfColumn, bytes);
      out.double(strikes[first]);
      out.varint(end - first);
      writeCompressed(bytes.done(), out);
    }
  };

  const open = (segment: Uint8Array): Segment => {
    const layout = verifySegment(segment);
    const source = createByteReader(segment, CONTENT_START);
    const mode = source.varint();
    if (mode !== VERBATIM && mode !== BY_CONTRACT)
      throw new MalformedBlobError(`segment mode ${mode} is not known`);
    const count = source.varint();
    const timestamps =
      layout === FIRST_LAYOUT
        ? Array.from({ length: count }, () => source.double())
        : readTimes(count, source);
    if (mode === BY_CONTRACT) return openByContract(timestamps, layout, source);
    const lengths = timestamps.map(() => source.varint());
    const blobs = createByteReader(compressedPart(source)());
    const each = lengths.map((length) => blobs.bytes(length));
    return {
      timestamps,
      cells: () => null,
      heads: () => null,
      alone: () => null,
      release: () => undefined,
      head: () => null,
      parts: () => null,
      blob: (index) => each[index],
    };
  };
  const written = (mode: number, parsed: readonly ParsedBlob[], content: (out: ByteWriter) => void) => {
    const out = createByteWriter(64 * 1024);
    out.bytes(new Uint8Array(CONTENT_START));
    out.varint(mode);
    out.varint(parsed.length);
    writeTimes(
      parsed.map(({ timestamp }) => timestamp),
      out,
    );
    content(out);
    const segment = out.done();
    segment[0] = SEGMENT_VERSION;
    return sealBlob(segment);
  };
  const readsBack = (segment: Uint8Array, parsed: readonly ParsedBlob[]): boolean => {
    const opened = open(segment);
    const stored = opened.heads();
    if (stored === null) return false;
    const heads = readHeads(stored.count, stored.bytes, () => stored.columns);
    return parsed.every(({ width, strikes, values, version, quotes, fields }, index) => {
      const back = opened.cells(index, width);
      return (
        back !== null &&
        back.strikes === strikes &&
        sameBytes(back.cells, values) &&
        heads.version(index) === version &&
        heads.quotes(index) === quotes &&
        sameBytes(heads.packed(index), fields)
      );
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

/** The layout. Throws MalformedBlobError when the bytes are not those that were sealed, or a newer release wrote them. */
function verifySegment(segment: Uint8Array): number {
  const [version] = segment;
  if (version !== SEGMENT_VERSION && version !== FIRST_LAYOUT) {
    const newer = version > SEGMENT_VERSION ? ': a newer release wrote it; upgrade DeltaStream' : '';
    throw new MalformedBlobError(
      `the layout of the segment is ${String(version)}, expected at most ${SEGMENT_VERSION}${newer}`,
    );
  }
  if (segment.length <= CONTENT_START) throw new MalformedBlobError('the segment ends inside its checksum');
  const stored = new DataView(segment.buffer, segment.byteOffset + 1).getUint32(0, true);
  if (stored !== crc32(segment.subarray(CONTENT_START))) {
    throw new MalformedBlobError('the checksum of the segment does not fit its bytes');
  }
  return version;
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

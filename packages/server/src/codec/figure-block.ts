import {
  columnReader,
  columnWriter,
  MalformedBlobError,
  readVarint,
  sealBlob,
  varintLength,
  verifyBlob,
  writeVarint,
} from '@deltastream/contracts/codec';

/** A block holds the figures of one series, such as an expiry of a product, within one hour of UTC. */
export const BLOCK_HOUR_MS = 3_600_000;

/** Layout version, the first byte of every block; its checksum is that of blobs. */
const BLOCK_VERSION = 2;
const HEADER_BYTES = 5; // Version and checksum.
const VARINT_BYTES = 5; // Of a number of 32 bits at most.
/** One point a second at most. */
const MOST_POINTS = 3600;

/** Figures at some instants of an hour, column by column; NaN where a figure is null. */
export interface FigureColumns {
  /** Ascending. */
  readonly timestamps: Float64Array;
  /** By the id of a figure, which is on the wire and in stores for good. */
  readonly columns: ReadonlyMap<number, Float64Array>;
}

export interface FigureBlock {
  readonly timestamps: Float64Array;
  /** Ids of the figures that have a value at some instant. */
  ids(): Iterable<number>;
  /** Values of a figure; null where it has none. Throws MalformedBlobError. */
  column(id: number): Float64Array | null;
}

/**
 * Figures of an hour as compact bytes, exact, each column by itself, so that one is read without the others. Figures that
 * a release does not know are carried by their ids.
 */
export interface FigureBlockCodec {
  encode(series: string, hourMs: number, figures: FigureColumns): Uint8Array<ArrayBuffer>;
  /** Throws MalformedBlobError, also where another series or hour lies in the place of this one. */
  open(series: string, hourMs: number, block: Uint8Array): FigureBlock;
}

export function createFigureBlockCodec(): FigureBlockCodec {
  const names = new TextEncoder();

  const written = (values: Float64Array): Uint8Array => {
    const writer = columnWriter();
    const bytes = new Uint8Array(writer.bound(values.length, 1));
    return bytes.subarray(0, writer.write(values, values.length, [-1], bytes, 0));
  };

  return {
    encode(series, hourMs, { timestamps, columns }) {
      const name = names.encode(series);
      const times = written(timestamps.map((timestamp) => timestamp - hourMs));
      const given = [...columns]
        .filter(([, values]) => values.some((value) => !Number.isNaN(value)))
        .sort(([a], [b]) => a - b)
        .map(([id, values]) => ({ id, bytes: written(values) }));
      const size = given.reduce((sum, { bytes }) => sum + bytes.length + 2 * VARINT_BYTES, times.length);
      const directoryBytes = given.reduce(
        (sum, { id, bytes }) => sum + varintLength(id) + varintLength(bytes.length),
        0,
      );
      const block = new Uint8Array(HEADER_BYTES + 6 * VARINT_BYTES + name.length + size);
      block[0] = BLOCK_VERSION;
      let at = HEADER_BYTES;
      const number = (value: number) => {
        at = writeVarint(block, at, value);
      };
      const put = (bytes: Uint8Array) => {
        block.set(bytes, at);
        at += bytes.length;
      };
      number(hourMs / BLOCK_HOUR_MS);
      number(name.length);
      put(name);
      for (const value of [timestamps.length, given.length, directoryBytes, times.length]) number(value);
      for (const { id, bytes } of given) {
        number(id);
        number(bytes.length);
      }
      put(times);
      for (const { bytes } of given) put(bytes);
      return sealBlob(block.slice(0, at));
    },
    open(series, hourMs, block) {
      if (block[0] === BLOCK_VERSION - 1)
        throw new MalformedBlobError('has a version that was never written');
      verifyBlob(block);
      let at = HEADER_BYTES;
      const number = () => {
        const value = readVarint(block, at);
        at += varintLength(value);
        return value;
      };
      const hour = number();
      const nameBytes = number();
      const name = Buffer.from(block.buffer, block.byteOffset + at, Math.min(nameBytes, block.length - at));
      at += nameBytes;
      if (hour * BLOCK_HOUR_MS !== hourMs || name.toString() !== series) {
        throw new MalformedBlobError('is of another series or hour');
      }
      const count = number();
      const width = number();
      const directoryBytes = number();
      const timeBytes = number();
      const directory = at;
      const times = directory + directoryBytes;
      const first = times + timeBytes;
      if (count > MOST_POINTS || first > block.length) throw new MalformedBlobError('ends inside the header');
      const read = (start: number, length: number) => {
        const values = new Float64Array(count);
        const end = columnReader().read(block, start, count, 1, values);
        if (end !== start + length) throw new MalformedBlobError('has a column of another length');
        return values;
      };
      /** Walks through the directory; the first column begins after it and the times. */
      const places = function* () {
        at = directory;
        let start = 0;
        for (let i = 0; i < width; i++) {
          const id = number();
          const length = number();
          yield { id, start, length };
          start += length;
        }
      };
      return {
        timestamps: read(times, timeBytes).map((offset) => hourMs + offset),
        ids: () => Array.from(places(), ({ id }) => id),
        column(id) {
          for (const place of places()) {
            if (place.id === id) return read(first + place.start, place.length);
          }
          return null;
        },
      };
    },
  };
}

import { MalformedBlobError } from '../malformed-blob.ts';
import { readVarint, varintLength, writeVarint } from '../varint.ts';

/** Bytes that grow as they are written. */
export interface ByteWriter {
  varint(value: number): void;
  double(value: number): void;
  bytes(bytes: Uint8Array): void;
  /** A copy of what was written; the next begins anew. */
  done(): Uint8Array<ArrayBuffer>;
}

export function createByteWriter(room = 1024): ByteWriter {
  let target = new Uint8Array(room);
  let at = 0;
  const need = (bytes: number) => {
    if (at + bytes <= target.length) return;
    const larger = new Uint8Array(2 * (at + bytes));
    larger.set(target);
    target = larger;
  };
  return {
    varint(value) {
      need(5);
      at = writeVarint(target, at, value);
    },
    double(value) {
      need(8);
      new DataView(target.buffer).setFloat64(at, value, true);
      at += 8;
    },
    bytes(bytes) {
      need(bytes.length);
      target.set(bytes, at);
      at += bytes.length;
    },
    done() {
      const written = target.slice(0, at);
      at = 0;
      return written;
    },
  };
}

/** Reads what a ByteWriter wrote; throws MalformedBlobError beyond the end. */
export interface ByteReader {
  varint(): number;
  double(): number;
  /** A view, not a copy. */
  bytes(length: number): Uint8Array;
  /** Bytes that are left. */
  left(): number;
}

export function createByteReader(source: Uint8Array, start = 0): ByteReader {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let at = start;
  const advance = (bytes: number) => {
    if (at + bytes > source.length) throw new MalformedBlobError(`ends at byte ${source.length}`);
    at += bytes;
    return at - bytes;
  };
  return {
    varint() {
      const value = readVarint(source, at);
      advance(varintLength(value));
      return value;
    },
    double: () => view.getFloat64(advance(8), true),
    bytes(length) {
      const from = advance(length);
      return source.subarray(from, from + length);
    },
    left: () => source.length - at,
  };
}

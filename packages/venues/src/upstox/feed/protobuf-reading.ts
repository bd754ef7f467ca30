import type protobuf from 'protobufjs/minimal.js';

/**
 * Reads the length of a field and returns where it ends. Throws a RangeError for one that goes beyond what it is part of, which
 * protobufjs itself checks against the end of the message only.
 *
 * @param peek the length is left to be read again
 */
export function within(reader: protobuf.Reader, limit: number, peek = false): number {
  const { pos } = reader;
  const length = reader.size();
  const end = reader.pos + length;
  if (end > limit) throw new RangeError(`a field of ${length} bytes ends behind what it is part of`);
  if (peek) reader.pos = pos;
  return end;
}

/** Throws a RangeError where the last field of a message went beyond its end. */
export function endsAt(reader: protobuf.Reader, end: number): void {
  if (reader.pos !== end) throw new RangeError('its last field ends behind it');
}

/** 2^32. */
const HIGH = 4_294_967_296;

/**
 * A signed varint of 64 bits as a number: exact up to 2^53, behind it rounded. Reader.int64 would make an object of each. Throws
 * a RangeError where the message ends, an Error behind ten bytes.
 */
export function readInt64(reader: protobuf.Reader): number {
  const { buf, len } = reader;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (reader.pos >= len) throw new RangeError('a number ends behind its message');
    const byte = buf[reader.pos++];
    const bits = byte & 127;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >> 4;
    } else high |= bits << (shift - 32);
    if (byte < 128) return (low >>> 0) + (high | 0) * HIGH;
  }
  throw new Error('a number of more than ten bytes');
}

/** Bytes that `writeVarint` needs for a value below 2^32. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** Writes 0 <= value < 2^32, seven bits a byte, low bits first; returns the place after it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value >>> 0;
  let next = at;
  while (rest > 0x7f) {
    target[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[next++] = rest;
  return next;
}

/** Reads what `writeVarint` wrote at `at`; `varintLength` of it is how far to go on. */
export function readVarint(source: Uint8Array, at: number): number {
  let byte = source[at];
  let value = byte & 0x7f;
  let next = at + 1;
  for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
    byte = source[next++];
    value |= (byte & 0x7f) << shift;
  }
  return value >>> 0;
}

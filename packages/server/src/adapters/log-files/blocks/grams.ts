/**
 * Which runs of four characters a block has: one bit each, by a hash. A block without a run that a text has does not
 * have the text; one that has them all is looked at. Letters count as small ones.
 */
const GRAM_BITS = 17;
/** 16 KiB: lines of a block of 256 KiB set 2% of the bits in the benchmark; more varied text sets more. */
export const GRAM_BYTES = 2 ** GRAM_BITS / 8;
const GRAM = 4;
const SHIFT = 32 - GRAM_BITS;
/** The golden ratio of 32 bits, which spreads neighbouring numbers. */
const SPREAD = 0x9e3779b1;

const bitOf = (run: number): number => Math.imul(run, SPREAD) >>> SHIFT;

/** Adds the runs of `text`, of small letters, from `start` to `end`. */
export function addGrams(grams: Uint8Array, text: string, start: number, end: number): void {
  let run = 0;
  for (let i = start; i < end; i++) {
    run = (run << 8) | (text.charCodeAt(i) & 0xff);
    if (i - start < GRAM - 1) continue;
    const bit = bitOf(run);
    grams[bit >> 3] |= 1 << (bit & 7);
  }
}

/** The same of ASCII, of which capital letters count as small ones. */
export function addGramsOfBytes(grams: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
  let run = 0;
  for (let i = start; i < end; i++) {
    run = (run << 8) | SMALL[bytes[i]];
    if (i - start < GRAM - 1) continue;
    const bit = bitOf(run);
    grams[bit >> 3] |= 1 << (bit & 7);
  }
}

/** Of each byte of ASCII its small letter, else itself. */
const SMALL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte,
);

/** The bits that a block with the text has. Of a text of less than four characters none. */
export function gramsOf(text: string): number[] {
  const bits: number[] = [];
  let run = 0;
  for (let i = 0; i < text.length; i++) {
    run = (run << 8) | (text.charCodeAt(i) & 0xff);
    if (i >= GRAM - 1) bits.push(bitOf(run));
  }
  return bits;
}

export const hasGrams = (grams: Uint8Array, bits: readonly number[]): boolean =>
  bits.every((bit) => (grams[bit >> 3] & (1 << (bit & 7))) !== 0);

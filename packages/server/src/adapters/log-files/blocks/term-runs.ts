/**
 * Terms of many blocks together, so that a term is looked for in one place for all of them, and a row is not written for
 * each term. A run is cut by the first 8 bits of the terms into buckets; an entry is the other 24 bits of a term, then 8
 * bits for which of the blocks has it.
 */
export const BUCKETS = 256;
/** Blocks of a run: what is not in a run yet is read by every search for a term, some hundred kilobytes at most. */
export const RUN_BLOCKS = 64;

/** Where a term is in a run. */
export const bucketOf = (term: number): number => term >>> 24;

/** Entries by bucket, of the terms of at most 256 blocks. */
export function bucketsOf(termsOfBlocks: readonly Uint32Array[]): Uint32Array[] {
  const sizes = new Uint32Array(BUCKETS);
  for (const terms of termsOfBlocks) for (const term of terms) sizes[bucketOf(term)] += 1;
  const buckets = Array.from(sizes, (size) => new Uint32Array(size));
  const next = new Uint32Array(BUCKETS);
  for (const [block, terms] of termsOfBlocks.entries()) {
    for (const term of terms) {
      const bucket = bucketOf(term);
      buckets[bucket][next[bucket]++] = (term << 8) | block;
    }
  }
  return buckets;
}

/** Which blocks of a run have a term, by the entries of its bucket. */
export function blocksWith(entries: Uint32Array, term: number): number[] {
  const wanted = term & 0xffffff;
  const found: number[] = [];
  for (const entry of entries) if (entry >>> 8 === wanted) found.push(entry & 0xff);
  return found;
}

export const packTerms = (terms: Uint32Array): Uint8Array =>
  new Uint8Array(terms.buffer, terms.byteOffset, terms.byteLength);

export const unpackTerms = (packed: Uint8Array): Uint32Array =>
  // A copy: numbers of four bytes are read where their memory begins at a multiple of four.
  new Uint32Array(new Uint8Array(packed).buffer);

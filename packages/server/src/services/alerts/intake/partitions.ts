/**
 * Products are evaluated in partitions, each by one worker at a time. So many, for good: what a rule remembers of a product
 * is kept with the product's partition, and with another number it would be looked for elsewhere. It bounds how many
 * workers can share the work.
 *
 * Leases from this number on are no partitions but seats: each worker holds one, whether or not it holds partitions. By them
 * workers know how many share the work.
 */
export const PARTITIONS = 16;

/** Where rules are evaluated that look at no product. */
export const PLATFORM_PARTITION = 0;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The partition of a product, the same in every release: FNV-1a of its symbol, of which every character is one byte. */
export function partitionOf(product: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < product.length; i++) hash = Math.imul(hash ^ product.charCodeAt(i), FNV_PRIME);
  return (hash >>> 0) % PARTITIONS;
}

/** How many partitions each of so many workers should hold, at most. */
export const fairShare = (workers: number): number => Math.ceil(PARTITIONS / Math.max(1, workers));

import { LRUCache } from 'lru-cache';

export interface GrowingCacheOptions {
  /** How long an entry is there after it was set, ms; without end. */
  readonly ttl?: number;
  /** For so long the time that was read last is taken for the present, ms. */
  readonly ttlResolution?: number;
}

/**
 * At most so many entries, of which the least recently used goes first. It takes memory as it fills: given `max`,
 * lru-cache reserves the arrays of all entries when it is made, 3 MB for 100,000; given sizes, it does not.
 */
export const createGrowingCache = <Key extends {}, Value extends {}>(
  maxEntries: number,
  { ttl = 0, ttlResolution = 1 }: GrowingCacheOptions = {},
): LRUCache<Key, Value> =>
  new LRUCache<Key, Value>({ maxSize: maxEntries, sizeCalculation: () => 1, ttl, ttlResolution });

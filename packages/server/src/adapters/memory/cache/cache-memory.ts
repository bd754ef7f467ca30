import { LRUCache } from 'lru-cache';
import { type ValuesOf, withDefaults } from '../../../kit/settings-fragment.ts';
import type { Cache } from '../../../ports/cache.ts';
import { CACHE } from '../../redis/settings.ts';

interface Entry {
  readonly version: number;
  /** Null once invalidated: the version stays, as a fence against slower writers. */
  readonly bytes: Uint8Array | null;
}

type MemoryCacheSettings = Pick<ValuesOf<typeof CACHE.own>, 'maxEntries' | 'maxBytes'>;

const ENTRY_OVERHEAD_BYTES = 64; // Of the map and the links of an entry, beside its bytes.
const TTL_RESOLUTION_MS = 10; // Of seconds of life; the clock is then read once for many reads.

/** The cache of one process, which never makes a reader wait. */
export interface MemoryCache extends Cache {
  get(key: string): Uint8Array | null;
}

export function createMemoryCache(options: Partial<MemoryCacheSettings> = {}): MemoryCache {
  const { maxEntries, maxBytes } = withDefaults(CACHE.defaults, options);
  const entries = new LRUCache<string, Entry>({
    max: maxEntries,
    maxSize: maxBytes,
    // Else the time is asked for again, and a timer set, for every millisecond in which something is read.
    ttlResolution: TTL_RESOLUTION_MS,
    sizeCalculation: (entry) => (entry.bytes?.byteLength ?? 0) + ENTRY_OVERHEAD_BYTES,
  });

  return {
    get: (key) => entries.get(key)?.bytes ?? null,
    async setIfNewer(key, version, bytes, ttlMs) {
      const held = entries.peek(key);
      if (held && held.version > version) return false;
      entries.set(key, { version, bytes }, { ttl: ttlMs });
      return true;
    },
    async invalidate(key, version, ttlMs) {
      const held = entries.peek(key);
      if (held && held.version > version) return;
      entries.set(key, { version, bytes: null }, { ttl: ttlMs });
    },
    async close() {
      entries.clear();
    },
  };
}

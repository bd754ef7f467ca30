import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { LRUCache } from 'lru-cache';

/** What files hold, told apart by their SHA-256. */
export interface FileDigests {
  /** Reads a file that was not read before as it now is, by its size and the time of its last change. */
  of(file: string, stats: Pick<Stats, 'size' | 'mtimeMs'>): Promise<string>;
}

const MOST_FILES = 100; // Reports that are due at once: some days of a few exchanges.

export function createFileDigests(): FileDigests {
  const known = new LRUCache<string, string>({ max: MOST_FILES });
  return {
    async of(file, { size, mtimeMs }) {
      const key = `${file} ${size} ${mtimeMs}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      const hash = createHash('sha256');
      await pipeline(createReadStream(file), hash);
      const digest = hash.digest('hex');
      known.set(key, digest);
      return digest;
    },
  };
}

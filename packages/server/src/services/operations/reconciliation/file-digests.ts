import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { LRUCache } from 'lru-cache';
import { unpackedContent } from '../../../kit/recordings/recordings.ts';

/** What files hold without compression and archive, told apart by its SHA-256: of a CSV and its zip the same. */
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
      // One that cannot be unpacked is told apart as it is: comparing it says what is wrong.
      const digest = await digestOf(unpackedContent(file)).catch(() => digestOf(createReadStream(file)));
      known.set(key, digest);
      return digest;
    },
  };
}

async function digestOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(content, hash);
  return hash.digest('hex');
}

import { bytes, count, ms, settingsFragment } from '../../kit/settings-fragment.ts';

/** Of the cache in memory, and of the one on Redis. */
export const CACHE = settingsFragment('Cache', {}, 'cache', {
  maxEntries: count(10_000, 'entries', 'Entries of the cache in memory'),
  maxBytes: bytes(67_108_864, 'Bytes of the cache in memory'),
  commandTimeoutMs: ms(100, 'Longest wait for an answer of Redis; after it a read is a miss'),
  retryMs: ms(200, 'How often invalidations that did not reach Redis are tried again'),
  maxOwedInvalidations: count(10_000, 'keys', 'Invalidations that are kept for it'),
});

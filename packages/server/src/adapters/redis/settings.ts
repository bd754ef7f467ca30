import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

/** Of every connection to Redis. */
export const REDIS = settingsFragment('Redis', {}, 'redis', {
  connectTimeoutMs: ms(5_000, 'Longest wait for a connection'),
  answerTimeoutMs: ms(
    3_000,
    'Longest silence while a response is due; then the connection is made anew',
    500,
  ),
  firstReconnectMs: ms(50, 'First wait between two tries to connect; doubles, half of it random'),
  maxReconnectMs: ms(2_000, 'The longest such wait'),
});

export type RedisSettings = ValuesOf<typeof REDIS.own>;

/** Of the cache in memory, and of the one on Redis. */
export const CACHE = settingsFragment('Cache', {}, 'cache', {
  maxEntries: count(10_000, 'entries', 'Entries of the cache in memory'),
  maxBytes: bytes(67_108_864, 'Bytes of the cache in memory'),
  commandTimeoutMs: ms(100, 'Longest wait for a response of Redis; after it a read is a miss'),
  retryMs: ms(200, 'How often invalidations that did not reach Redis are tried again'),
  maxOwedInvalidations: count(10_000, 'keys', 'Invalidations that are kept for it'),
});

/** Of the limiter in memory, and of the one on Redis. */
export const LIMITER = settingsFragment('Rate limiter', {}, 'limiter', {
  maxBuckets: count(100_000, 'buckets', 'Buckets in memory; the one used longest ago is forgotten first'),
  commandTimeoutMs: ms(50, 'Longest wait for a response of Redis; after it the process decides alone'),
  alonePauseMs: ms(1_000, 'How long it decides alone after a response that did not come in time'),
});

import { count, ms, settingsFragment } from '../../kit/settings-fragment.ts';

/** Of the limiter in memory, and of the one on Redis. */
export const LIMITER = settingsFragment('Rate limiter', {}, 'limiter', {
  maxBuckets: count(100_000, 'buckets', 'Buckets in memory; the one used longest ago is forgotten first'),
  commandTimeoutMs: ms(50, 'Longest wait for an answer of Redis; after it the process decides alone'),
  alonePauseMs: ms(1_000, 'How long it decides alone after an answer that did not come in time'),
});

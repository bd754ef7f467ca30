import { ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

/** Of every connection to Redis. */
export const REDIS = settingsFragment('Redis', {}, 'redis', {
  connectTimeoutMs: ms(5_000, 'Longest wait for a connection'),
  answerTimeoutMs: ms(3_000, 'Longest silence while an answer is due; then the connection is made anew'),
  firstReconnectMs: ms(50, 'First wait between two tries to connect; doubles, half of it random'),
  maxReconnectMs: ms(2_000, 'The longest such wait'),
});

export type RedisSettings = ValuesOf<typeof REDIS.own>;

import { type Logger, silentLogger } from '../../../kit/logging/log.ts';
import { count, ms, settingsFragment, type ValuesOf } from '../../../kit/settings-fragment.ts';
import { REDIS, type RedisSettings } from '../settings.ts';

/** What both queues promise in the same way, in one process or on Redis. */
export const QUEUE = settingsFragment('Queue', {}, 'queue', {
  backoffUnitMs: ms(1_000, 'Unit of the backoff: the n-th retry waits 2^n units'),
  maxJobs: count(10_000, 'jobs', 'Jobs that may wait per name; further ones are refused'),
  maxDeadJobs: count(1_000, 'jobs', 'Dead jobs kept per name; the oldest go first'),
});

export type QueueSettings = ValuesOf<typeof QUEUE.own>;

export const BULL_QUEUE = settingsFragment('Queue on Redis', {}, 'redisQueue', {
  lockMs: ms(30_000, 'A job whose worker has been silent for this long is given to another'),
  statsIntervalMs: ms(1_000, 'How often the figures of the queue are read, and a first job is looked for'),
  policyCheckMs: ms(2_000, 'How often the eviction policy of Redis is examined'),
  closeTimeoutMs: ms(5_000, 'Longest time a close waits for running handlers'),
});

export interface BullQueueSettings extends ValuesOf<typeof BULL_QUEUE.own>, QueueSettings, RedisSettings {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  readonly url: string;
  readonly logger: Logger;
  /** First part of every key; one hash tag for a cluster. */
  readonly prefix: string;
}

export type BullQueueOptions = Pick<BullQueueSettings, 'url'> & Partial<BullQueueSettings>;

export const BULL_QUEUE_DEFAULTS = {
  ...REDIS.defaults,
  ...QUEUE.defaults,
  ...BULL_QUEUE.defaults,
  logger: silentLogger,
  prefix: '{deltastream:queue}',
};

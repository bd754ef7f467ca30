import { count, ms, settingsFragment, type ValuesOf } from '../../kit/settings-fragment.ts';

/** What both queues promise in the same way, in one process or on Redis. */
export const QUEUE = settingsFragment('Queue', {}, 'queue', {
  backoffUnitMs: ms(1_000, 'Unit of the backoff: the n-th retry waits 2^n units'),
  maxJobs: count(10_000, 'jobs', 'Jobs that may wait per name; further ones are refused'),
  maxDeadJobs: count(1_000, 'jobs', 'Dead jobs kept per name; the oldest go first'),
});

export type QueueSettings = ValuesOf<typeof QUEUE.own>;

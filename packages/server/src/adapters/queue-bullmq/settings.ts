import { type Logger, silentLogger } from '../../kit/logging/log.ts';
import { CONNECTION_DEFAULTS } from '../redis/connection.ts';

export interface BullQueueOptions {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  readonly url: string;
  readonly logger?: Logger;
  /** First part of every key; `{deltastream:queue}`, one hash tag for a cluster. */
  readonly prefix?: string;
  /** Unit of the backoff: the n-th retry waits 2^n units; 1,000 ms. */
  readonly backoffUnitMs?: number;
  /** Jobs that may wait per name; `add` rejects beyond it; 10,000. */
  readonly maxJobs?: number;
  /** Dead jobs kept per name; the oldest go first; 1,000. */
  readonly maxDeadJobs?: number;
  /** A job whose worker has been silent for this long is given to another; 30,000 ms. */
  readonly lockMs?: number;
  /** How often the figures of `stats` are read; 1,000 ms. */
  readonly statsIntervalMs?: number;
  /** How often the eviction policy of Redis is examined; 2,000 ms. */
  readonly policyCheckMs?: number;
  /** Longest time `close` waits for running handlers; 5,000 ms. */
  readonly closeTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Longest wait of `add` and the others for an answer; 3,000 ms. */
  readonly answerTimeoutMs?: number;
  readonly firstReconnectMs?: number;
  readonly maxReconnectMs?: number;
}

export type BullQueueSettings = Required<BullQueueOptions>;

export const BULL_QUEUE_DEFAULTS = {
  ...CONNECTION_DEFAULTS,
  logger: silentLogger,
  prefix: '{deltastream:queue}',
  backoffUnitMs: 1_000,
  maxJobs: 10_000,
  maxDeadJobs: 1_000,
  lockMs: 30_000,
  statsIntervalMs: 1_000,
  policyCheckMs: 2_000,
  closeTimeoutMs: 5_000,
} as const;

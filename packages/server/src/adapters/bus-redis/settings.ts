import { type Logger, silentLogger } from '../../kit/logging/log.ts';
import { CONNECTION_DEFAULTS } from '../redis/connection.ts';

export interface RedisBusOptions {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  readonly url: string;
  readonly logger?: Logger;
  /** First part of every key; `deltastream`. Buses of one prefix are one bus. */
  readonly prefix?: string;
  /** A frame whose consumer has been silent for this long is delivered again; 2,000 ms. */
  readonly visibilityMs?: number;
  /** Deliveries before a frame is a dead letter; 5. */
  readonly maxDeliveries?: number;
  /** Dead letters kept per topic; the oldest go first; 10,000. */
  readonly maxDeadLetters?: number;
  /** Bytes of frames the slowest group may be behind before the overflow policy applies; 256 MiB a topic. */
  readonly maxBacklogBytes?: number;
  /** Beyond the bound: `wait` holds publishers back (replay), `drop_oldest` drops and counts (live). */
  readonly overflow?: 'wait' | 'drop_oldest';
  /** Newest frames kept for followers that resume, acknowledged or not, at least 1; 256. */
  readonly historyLength?: number;
  /** Publications after which a topic is trimmed and measured; 256. */
  readonly trimEvery?: number;
  /** Time after which every topic is trimmed and measured, published to or not; 500 ms. */
  readonly statsIntervalMs?: number;
  /** How often the eviction policy of Redis is examined; 2,000 ms. */
  readonly policyCheckMs?: number;
  /** Longest time a publication waits for a Redis that is away or full; 5,000 ms. */
  readonly publishTimeoutMs?: number;
  /** Bytes of frames that may wait for such a Redis; beyond it publications are refused; 32 MiB. */
  readonly maxWaitingBytes?: number;
  /** Longest time `close` waits for running handlers; 5,000 ms. */
  readonly closeTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly answerTimeoutMs?: number;
  readonly firstReconnectMs?: number;
  readonly maxReconnectMs?: number;
}

export type RedisBusSettings = Required<RedisBusOptions>;

export const REDIS_BUS_DEFAULTS = {
  ...CONNECTION_DEFAULTS,
  logger: silentLogger,
  prefix: 'deltastream',
  visibilityMs: 2_000,
  maxDeliveries: 5,
  maxDeadLetters: 10_000,
  maxBacklogBytes: 256 * 1024 * 1024,
  overflow: 'wait',
  historyLength: 256,
  trimEvery: 256,
  statsIntervalMs: 500,
  policyCheckMs: 2_000,
  publishTimeoutMs: 5_000,
  maxWaitingBytes: 32 * 1024 * 1024,
  closeTimeoutMs: 5_000,
} as const;

/** How often a member looks for frames of silent consumers, and says that it is not one itself. */
export const attentionMs = ({ visibilityMs }: RedisBusSettings): number =>
  Math.max(5, Math.min(500, visibilityMs / 4));

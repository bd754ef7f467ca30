import { type Logger, silentLogger } from '../../../kit/logging/log.ts';
import { bytes, count, ms, settingsFragment, type ValuesOf } from '../../../kit/settings-fragment.ts';
import { BUS_DEFAULTS, type BusSettings } from '../../memory/bus/bus-settings.ts';
import { REDIS, type RedisSettings } from '../settings.ts';

export const REDIS_BUS = settingsFragment('Bus on Redis', {}, 'redisBus', {
  trimEvery: count(256, 'publications', 'Publications after which a topic is trimmed and measured'),
  statsIntervalMs: ms(500, 'Time after which every topic is trimmed and measured, published to or not'),
  policyCheckMs: ms(2_000, 'How often the eviction policy of Redis is examined'),
  resumeMs: ms(
    60_000,
    'For how long enriched chains and figures are kept for alerts, which go on where another process ended: its leases, the time between two positions, and a start',
    0,
  ),
  resumeBytes: bytes(268_435_456, 'Of each of these topics at most, as a group may be behind', 1_048_576),
  publishTimeoutMs: ms(5_000, 'Longest time a publication waits for a Redis that is away or full'),
  maxWaitingBytes: bytes(33_554_432, 'Frames that may wait for such a Redis; beyond it they are refused'),
  closeTimeoutMs: ms(5_000, 'Longest time a close waits for running handlers'),
});

export interface RedisBusSettings
  extends ValuesOf<typeof REDIS_BUS.own>,
    RedisSettings,
    Omit<BusSettings, 'redeliveryDelayMs'> {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  readonly url: string;
  readonly logger: Logger;
  /** Topics that followers go on with from a position that they kept. */
  readonly resumed: readonly string[];
  /** First part of every key. Buses of one prefix are one bus. */
  readonly prefix: string;
  /** A frame whose consumer has been silent for this long is delivered again. */
  readonly visibilityMs: number;
}

export type RedisBusOptions = Pick<RedisBusSettings, 'url'> & Partial<RedisBusSettings>;

export const REDIS_BUS_DEFAULTS = {
  ...REDIS.defaults,
  ...BUS_DEFAULTS,
  ...REDIS_BUS.defaults,
  visibilityMs: BUS_DEFAULTS.redeliveryDelayMs,
  logger: silentLogger,
  resumed: [],
  prefix: 'deltastream',
};

/** Wait before a command that failed is tried again: short beside `visibilityMs`, and no burden for a server. */
export const RETRY_MS = 100;
/** Longest single wait for a connection, which ends at once when there is one; then what has changed is seen. */
export const AWAY_MS = 1_000;

/** How often a member looks for frames of silent consumers, and says that it is not one itself. */
export const attentionMs = ({ visibilityMs }: RedisBusSettings): number =>
  Math.max(5, Math.min(500, visibilityMs / 4));

import type { RecordingOptions } from '@deltastream/recordings';
import type { SyntheticConfig } from './synthetic/synthetic-config.ts';

export type FeedSourceConfig =
  | ({ readonly kind: 'synthetic' } & SyntheticConfig)
  | ({ readonly kind: 'replay'; readonly path: string } & RecordingOptions);

export interface FeedConfig {
  readonly source: FeedSourceConfig;
  /** What the data is called, said on every message, so that no store takes it for another's. */
  readonly dataset?: string;
  /** Of a replay: it fills what is free and leaves what is stored; otherwise the later one wins. */
  readonly keepExisting?: boolean;
  /** Seconds of the source per second, or `max`: as fast as the bus takes it. */
  readonly speed?: number | 'max';
  /** A longer pause of a recording is skipped. */
  readonly maxGapMs?: number;
  /** Not ready when a message is overdue by more than this. */
  readonly staleAfterMs?: number;
  readonly stopTimeoutMs?: number;
  /** Reasons for which parts are rejected that are logged, each once with its count; the others are counted together. */
  readonly rejectionsLogged?: number;
  /** Longest wait between two tries to publish. */
  readonly maxRetryMs?: number;
  /**
   * Share of the bus's bound above which a live feed sends of each product and expiry the newest chain
   * only, once per `conflationMs`. A replay is held back by the bus instead.
   */
  readonly conflateAbove?: number;
  readonly conflationMs?: number;
}

export const FEED_DEFAULTS = {
  speed: 1,
  maxGapMs: 3_600_000,
  staleAfterMs: 10_000,
  stopTimeoutMs: 5_000,
  rejectionsLogged: 20,
  maxRetryMs: 5_000,
  conflateAbove: 0.5,
  conflationMs: 1_000,
} as const;

import type { Rejection, SourceProgress } from '@deltastream/recordings/source';
import type { Clock } from '../../ports/clock.ts';

/** What a feed has done. Timestamps are those of the source, epoch ms. */
export interface FeedSummary {
  readonly chains: number;
  readonly ticks: number;
  readonly rejected: number;
  readonly rejectedByReason: Readonly<Partial<Record<Rejection, number>>>;
  readonly firstTimestamp: number | null;
  readonly lastTimestamp: number | null;
  readonly elapsedMs: number;
  /** True when it was stopped before the source ended. */
  readonly stopped: boolean;
}

export interface FeedProgress extends SourceProgress {
  readonly chains: number;
  readonly ticks: number;
  readonly rejected: number;
  /** Latest timestamp sent. */
  readonly timestamp: number | null;
  readonly elapsedMs: number;
}

export interface FeedTally {
  begin(): void;
  sent(kind: 'chain' | 'tick', timestamp: number): void;
  rejected(reason: Rejection): void;
  summary(stopped: boolean): FeedSummary;
  progress(source: SourceProgress | null): FeedProgress;
}

export function createFeedTally(clock: Clock): FeedTally {
  const sent = { chain: 0, tick: 0 };
  const rejectedByReason: Partial<Record<Rejection, number>> = {};
  let rejected = 0;
  let begunAt: number | null = null;
  let firstTimestamp: number | null = null;
  let lastTimestamp: number | null = null;
  const elapsedMs = () => (begunAt === null ? 0 : clock.monotonicMs() - begunAt);

  return {
    begin: () => {
      begunAt = clock.monotonicMs();
    },
    sent: (kind, timestamp) => {
      sent[kind]++;
      firstTimestamp = Math.min(firstTimestamp ?? timestamp, timestamp);
      lastTimestamp = Math.max(lastTimestamp ?? timestamp, timestamp);
    },
    rejected: (reason) => {
      rejectedByReason[reason] = (rejectedByReason[reason] ?? 0) + 1;
      rejected++;
    },
    summary: (stopped) => ({
      chains: sent.chain,
      ticks: sent.tick,
      rejected,
      rejectedByReason: { ...rejectedByReason },
      firstTimestamp,
      lastTimestamp,
      elapsedMs: elapsedMs(),
      stopped,
    }),
    progress: (source) => ({
      position: source?.position ?? 0,
      total: source?.total ?? null,
      unit: source?.unit ?? 'records',
      chains: sent.chain,
      ticks: sent.tick,
      rejected,
      timestamp: lastTimestamp,
      elapsedMs: elapsedMs(),
    }),
  };
}

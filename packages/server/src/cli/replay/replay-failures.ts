import { setTimeout as sleep } from 'node:timers/promises';
import { ENRICHED_CHAINS, ENRICHED_TICKS, MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { unlessAborted } from '../../kit/lifecycle/bounded-wait.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Queue } from '../../ports/queue.ts';
import type { FeedSummary } from '../../services/feed/service.ts';

/** What of a replay did not reach the store. */
export interface ReplayFailures {
  /** Jobs that were still to be tried again when every message was handled, and how many of them are done. */
  readonly retried: { readonly waitedFor: number; readonly done: number };
  /** Messages and jobs that failed for good since the replay began, by reason. */
  readonly dead: ReadonlyMap<string, number>;
}

const TOPICS = [MARKET_CHAINS, MARKET_TICKS, ENRICHED_CHAINS, ENRICHED_TICKS].map(({ name }) => name);
const POLL_MS = 100; // What a replay takes longer than it must, at most.
const MOST_JOBS = 10_000; // As many as a queue holds by default.
const REASONS_SHOWN = 5; // Enough to see the kind; all are in the dead letters.

/**
 * Waits until every message that was published is handled, and every one that failed was tried again to its end: what
 * is retried after 2, 4 and 8 seconds is not lost when the process ends. Null when the signal aborts before that.
 */
export async function settledReplay(
  { bus, queue }: { readonly bus: Bus; readonly queue: Queue },
  retryJobs: readonly string[],
  sinceMs: number,
  signal: AbortSignal,
): Promise<ReplayFailures | null> {
  const waitedFor = new Set<string>();
  for (;;) {
    await unlessAborted(signal, bus.drained(), () => undefined);
    if (signal.aborted) return null;
    const open = await openJobs(queue, retryJobs);
    if (open.length === 0) break;
    for (const id of open) waitedFor.add(id);
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  const dead = new Map<string, number>();
  const count = (reason: string) => dead.set(reason, (dead.get(reason) ?? 0) + 1);
  for (const topic of TOPICS) {
    for (const { at, reason } of await bus.deadLetters(topic)) if (at >= sinceMs) count(reason);
  }
  let failed = 0;
  for (const name of retryJobs) {
    for (const { id, at, reason } of await queue.deadJobs(name)) {
      if (at < sinceMs) continue;
      if (waitedFor.has(id)) failed += 1;
      count(reason);
    }
  }
  return { retried: { waitedFor: waitedFor.size, done: waitedFor.size - failed }, dead };
}

async function openJobs(queue: Queue, names: readonly string[]): Promise<string[]> {
  const jobs = await Promise.all(names.map((name) => queue.jobs(name, MOST_JOBS)));
  return jobs
    .flat()
    .filter(({ state }) => state === 'waiting' || state === 'running')
    .map(({ id }) => id);
}

/**
 * Throws when messages of a replay failed for good, with their reasons: they are not in the store; and when
 * nothing could be read, because every part of the recording was rejected.
 */
export function requireComplete({ dead }: ReplayFailures, feed: FeedSummary): void {
  if (feed.chains + feed.ticks === 0 && feed.rejected > 0) {
    const why = Object.entries(feed.rejectedByReason).map(([reason, count]) => `${count} x ${reason}`);
    throw new DeltaStreamError(
      'replay_incomplete',
      `nothing of the recording was read, and ${feed.rejected} parts were rejected: ${why.join('; ')}`,
    );
  }
  const total = [...dead.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return;
  const reasons = [...dead].slice(0, REASONS_SHOWN).map(([reason, count]) => `${count} x ${reason}`);
  const more = dead.size > REASONS_SHOWN ? `; and ${dead.size - REASONS_SHOWN} other reasons` : '';
  throw new DeltaStreamError(
    'replay_incomplete',
    `${total} messages of the replay failed for good and are not in the store: ${reasons.join('; ')}${more}`,
  );
}

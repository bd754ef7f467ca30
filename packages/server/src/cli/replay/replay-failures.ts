import { setTimeout as sleep } from 'node:timers/promises';
import {
  ENRICHED_CHAINS,
  ENRICHED_TICKS,
  MARKET_CHAINS,
  MARKET_TICKS,
  type RawChain,
} from '@deltastream/contracts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { unlessAborted } from '../../kit/lifecycle/bounded-wait.ts';
import type { Bus } from '../../ports/bus.ts';
import type { JobView, Queue } from '../../ports/queue.ts';
import { RETRY_JOBS } from '../../services/enricher/service.ts';
import type { FeedSummary } from '../../services/feed/service.ts';

/** What of a replay did not reach the store. */
export interface ReplayFailures {
  /** Jobs that were still to be tried again when every message was handled, and how many of them are done. */
  readonly retried: { readonly waitedFor: number; readonly done: number };
  /** Messages and jobs of the replay that failed for good, by reason. */
  readonly dead: ReadonlyMap<string, number>;
}

const TOPICS = [MARKET_CHAINS, MARKET_TICKS, ENRICHED_CHAINS, ENRICHED_TICKS];
/** What is retried, by what its payload is a message of. */
const RETRIED = [
  { name: RETRY_JOBS.chain, frames: MARKET_CHAINS.frames },
  { name: RETRY_JOBS.tick, frames: MARKET_TICKS.frames },
];
const POLL_MS = 100; // What a replay takes longer than it must, at most.
export const REASONS_SHOWN = 5; // Enough to see the kind; all are in the dead letters.
const JOBS_ASKED_FOR = 1_000; // Of a name at first: more than wait in most replays.

interface Ports {
  readonly bus: Bus;
  readonly queue: Queue;
}

interface Failure {
  /** Unique among all. */
  readonly id: string;
  readonly reason: string;
  /** The number of the replay that the message is of; undefined for one of a live feed, null where it cannot be read. */
  readonly generation: number | null | undefined;
}

/** What has failed for good on bus and queue, of whatever feed. */
async function failuresOf({ bus, queue }: Ports): Promise<Failure[]> {
  const letters = TOPICS.map(async ({ name, frames }) =>
    (await bus.deadLetters(name)).map(({ id, reason, frame }) => ({
      ...{ id: `${name} ${id}`, reason, generation: generationOf(frames, frame) },
    })),
  );
  const jobs = RETRIED.map(async ({ name, frames }) =>
    (await queue.deadJobs(name)).map(({ id, reason, payload }) => ({
      ...{ id, reason, generation: generationOf(frames, payload) },
    })),
  );
  return (await Promise.all([...letters, ...jobs])).flat();
}

function generationOf(
  frames: { decode(frame: Uint8Array): Pick<RawChain, 'generation'> },
  frame: Uint8Array,
): number | null | undefined {
  try {
    return frames.decode(frame).generation;
  } catch {
    return null;
  }
}

export interface ReplayWatch {
  /**
   * Waits until every message that was published is handled, and every one that failed was tried again to its end: what
   * is retried after 2, 4 and 8 seconds is not lost when the process ends. Null when the signal aborts before that.
   * What failed is told from what failed before, or failed of another feed, by the number of the replay on its messages.
   */
  settled(generation: number | null): Promise<ReplayFailures | null>;
}

/** Begun before the end of the replay: what cannot be read and is there already is not of it. */
export async function watchFailures(ports: Ports, signal: AbortSignal): Promise<ReplayWatch> {
  const before = new Set((await failuresOf(ports)).map(({ id }) => id));
  return {
    async settled(generation) {
      const waitedFor = new Set<string>();
      for (;;) {
        await unlessAborted(signal, ports.bus.drained(), () => undefined);
        if (signal.aborted) return null;
        const open = await openJobs(ports.queue);
        if (open.length === 0) break;
        for (const id of open) waitedFor.add(id);
        await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      }
      const dead = new Map<string, number>();
      let failed = 0;
      for (const { id, reason, generation: of } of await failuresOf(ports)) {
        if (of === null ? before.has(id) : of !== (generation ?? undefined)) continue;
        if (waitedFor.has(id)) failed += 1;
        dead.set(reason, (dead.get(reason) ?? 0) + 1);
      }
      return { retried: { waitedFor: waitedFor.size, done: waitedFor.size - failed }, dead };
    },
  };
}

async function openJobs(queue: Queue): Promise<string[]> {
  const jobs = await Promise.all(RETRIED.map(({ name }) => allJobs(queue, name)));
  return jobs
    .flat()
    .filter(({ state }) => state === 'waiting' || state === 'running')
    .map(({ id }) => id);
}

/** All of a name, which a queue gives newest first and so many as are asked for. */
async function allJobs(queue: Queue, name: string): Promise<JobView[]> {
  for (let limit = JOBS_ASKED_FOR; ; limit *= 2) {
    const jobs = await queue.jobs(name, limit);
    if (jobs.length < limit) return jobs;
  }
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

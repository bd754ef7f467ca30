import type { Redis } from 'ioredis';
import { within } from '../../../kit/lifecycle/bounded-wait.ts';
import type { QueueWorker } from '../../../ports/queue.ts';
import type { LaneWorker } from './lane.ts';

/** A worker that does not begin before there is a job for it. */
export interface AwaitingWorker extends QueueWorker {
  /** Has it begin, if it has not; rejects when that fails, and may be called again then. */
  begin(): Promise<void>;
}

export interface AwaitingWorkerOptions {
  readonly start: (concurrency: number) => Promise<LaneWorker>;
  readonly concurrency: number;
  /** Longest time that running handlers are waited for, and a start under way. */
  readonly closeTimeoutMs: number;
  readonly onProblem: (error: unknown) => void;
}

export function createAwaitingWorker(options: AwaitingWorkerOptions): AwaitingWorker {
  let { concurrency } = options;
  let started: Promise<LaneWorker> | null = null;
  let stopped: Promise<void> | null = null;

  const end = async () => {
    const worker = started?.catch(() => null);
    if (worker === undefined) return;
    const closing = worker.then((each) => each?.close(false));
    await within(options.closeTimeoutMs, closing, () => {
      worker.then((each) => each?.close(true)).catch(options.onProblem);
    });
  };

  return {
    async begin() {
      if (stopped) return;
      started ??= options.start(concurrency);
      try {
        (await started).setConcurrency(concurrency);
      } catch (error) {
        started = null;
        throw error;
      }
    },
    setConcurrency(next) {
      concurrency = next;
      started?.then(
        (worker) => worker.setConcurrency(next),
        () => undefined,
      );
    },
    stop() {
      stopped ??= end();
      return stopped;
    },
  };
}

/** Where BullMQ has jobs that are not done, and the dead ones. */
const STATES = ['wait', 'paused', 'prioritized', 'delayed', 'active', 'failed'] as const;

/** Whether BullMQ has a job of this name that is not done. */
export async function hasJobs(redis: Redis, prefix: string, name: string): Promise<boolean> {
  return (await redis.exists(...STATES.map((state) => `${prefix}:${name}:${state}`))) > 0;
}

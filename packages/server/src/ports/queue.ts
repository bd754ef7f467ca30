import type { JobState } from '@deltastream/contracts';
import type { Check } from './check.ts';

/**
 * Jobs: heavy, slow or retried work.
 *
 * Guarantees, for every adapter (queue.contract.ts):
 * - A job is handled at least once. When its handler rejects, it is tried again after 2^n seconds
 *   (n = 1, 2, 3, times `backoffUnitMs` / 1000), at most `MAX_RETRIES` times, then it is a dead letter. It
 *   is one at once when the error is marked `permanent`.
 * - At most `concurrency` handlers of one `process` call run at a time.
 * - The queue is bounded: `add` rejects with `unavailable` when `maxJobs` wait.
 */
export interface Queue {
  add(name: string, payload: Uint8Array, options?: AddOptions): Promise<JobId>;
  process(name: string, handler: JobHandler, options?: { concurrency?: number }): Promise<QueueWorker>;
  /** Adds the job at every interval until the queue closes; one schedule per key. */
  schedule(key: string, name: string, payload: Uint8Array, everyMs: number): Promise<void>;
  /** Names under which jobs were ever added or processed. */
  names(): Promise<string[]>;
  /** What is known of a job, whichever process runs it; null when it is done and was not kept. */
  job(id: JobId): Promise<JobView | null>;
  /** Newest first: those that wait, those that run, the kept ones that are done and the dead ones. */
  jobs(name: string, limit: number): Promise<JobView[]>;
  /** Oldest first. */
  deadJobs(name: string): Promise<DeadJob[]>;
  /** Moves a dead job back to the queue with its tries reset; false when there is no such job. */
  replay(id: JobId): Promise<boolean>;
  discard(id: JobId): Promise<boolean>;
  stats(): QueueStats[];
  /** What the queue needs of its server, as last examined; empty where it needs nothing. */
  checks(): Check[];
  close(): Promise<void>;
}

export const MAX_RETRIES = 3; // With waits of 2, 4 and 8 units; what fails after them needs a person.

export type JobId = string;
/** `report` says how far the job is; what was said last stays with the job when it ends. */
export type JobHandler = (job: Job, report: (progress: object) => Promise<void>) => Promise<void>;

export interface AddOptions {
  /** While a job of this name and key waits or runs, adding another returns that one's id and adds nothing. */
  readonly key?: string;
  /** Kept for `job` and `jobs` when it is done, as one of the newest hundred of its name. */
  readonly keep?: boolean;
  /** For whom it is: text that goes beside the payload. */
  readonly context?: string;
}

export interface Job {
  readonly id: JobId;
  readonly name: string;
  readonly payload: Uint8Array;
  /** 1 at the first try. */
  readonly tries: number;
  /** What it was added with. */
  readonly context?: string;
}

export interface JobView {
  readonly id: JobId;
  readonly name: string;
  readonly payload: Uint8Array;
  /** Between two tries it is waiting. */
  readonly state: JobState;
  /** Tries begun. */
  readonly tries: number;
  readonly progress: object | null;
  /** Why the last try failed; null when none did. */
  readonly reason: string | null;
  readonly addedAt: number;
  readonly endedAt: number | null;
}

/** Jobs that are done and kept, per name. */
export const RETAINED_JOBS = 100;

export interface DeadJob extends Job {
  readonly reason: string;
  readonly at: number;
}

export interface QueueWorker {
  /** Takes effect at once: a smaller number waits for handlers to end, none is interrupted. */
  setConcurrency(concurrency: number): void;
  /** Waits for running handlers, with a server behind it in bounded time; idempotent. */
  stop(): Promise<void>;
}

export interface QueueStats {
  readonly name: string;
  readonly waiting: number;
  readonly running: number;
  readonly retries: number;
  readonly dead: number;
}

import type { JobState } from '@deltastream/contracts';
import {
  type Job as BullJob,
  Queue as BullQueue,
  type JobsOptions,
  type JobType,
  UnrecoverableError,
  Worker,
} from 'bullmq';
import type { Redis } from 'ioredis';
import { DeltaStreamError, isPermanent, reasonOf } from '../../../kit/errors.ts';
import {
  type AddOptions,
  type DeadJob,
  type Job,
  type JobHandler,
  type JobView,
  MAX_RETRIES,
  type QueueStats,
  RETAINED_JOBS,
} from '../../../ports/queue.ts';
import { replyWithin } from '../connection.ts';
import type { BullQueueSettings } from './settings.ts';

/** Bytes as base64: BullMQ keeps JSON, and a third more is what that costs. */
interface Data {
  readonly base64: string;
  /** Of a job that was added for somebody. */
  readonly context?: string;
}

export interface LaneWorker {
  setConcurrency(concurrency: number): void;
  /** Waits for running handlers unless forced; idempotent. */
  close(force: boolean): Promise<void>;
}

/** The jobs of one name. Job ids are those of BullMQ within the name. */
export interface Lane {
  /** Rejects with `unavailable` where Redis is away; the lane is then to be closed, for it would not work afterwards either. */
  ready(): Promise<void>;
  add(payload: Uint8Array, options?: AddOptions): Promise<string>;
  work(handler: JobHandler, concurrency: number): Promise<LaneWorker>;
  schedule(key: string, payload: Uint8Array, everyMs: number): Promise<void>;
  /**
   * True when the schedule was gone, or no longer came round, and was set again: its next time is long past, or so far
   * ahead that the clock must have been set back since.
   */
  keepScheduled(key: string, payload: Uint8Array, everyMs: number): Promise<boolean>;
  /** Retries that a clock set back since put further away than any backoff are due at once; resolves with how many. */
  hastenRetries(): Promise<number>;
  job(id: string): Promise<JobView | null>;
  /** Newest first. */
  jobs(limit: number): Promise<JobView[]>;
  dead(): Promise<DeadJob[]>;
  replay(id: string): Promise<boolean>;
  discard(id: string): Promise<boolean>;
  stats(): QueueStats;
  /** Reads the figures of `stats` anew. */
  measure(): Promise<void>;
  close(): Promise<void>;
}

/** Retries that one look hastens at most; the next look takes the others. */
const HASTENED_AT_ONCE = 100;
/** BullMQ orders delayed jobs by the time at which they are due, ms, times this, plus a counter. */
const SCORE_PER_MS = 0x1000;

const WAITING = ['wait', 'delayed', 'prioritized'] as const;

/** The states of the port by what BullMQ calls them, and in what order a job goes through them. */
const STATE_OF: Readonly<Record<string, JobState>> = {
  waiting: 'waiting',
  delayed: 'waiting',
  prioritized: 'waiting',
  active: 'running',
  completed: 'done',
  failed: 'dead',
};

export function createLane(
  name: string,
  connections: { readonly commands: Redis; readonly workers: Redis },
  settings: BullQueueSettings,
  publicId: (id: string) => string,
): Lane {
  const logger = settings.logger.child({ queue: name });
  const onError = (error: Error) => logger.event('queue_failed', { reason: reasonOf(error) });
  const shared = { prefix: settings.prefix };
  const queue = new BullQueue<Data>(name, { ...shared, connection: connections.commands });
  queue.on('error', onError);
  let figures = { waiting: 0, running: 0, dead: 0 };
  let retries = 0;

  const jobOptions: JobsOptions = {
    attempts: 1 + MAX_RETRIES,
    // BullMQ waits delay * 2^(n - 1) before the n-th retry.
    backoff: { type: 'exponential', delay: 2 * settings.backoffUnitMs },
    removeOnComplete: true,
    removeOnFail: { count: settings.maxDeadJobs },
    stackTraceLimit: 1,
  };

  const failed = async (id: string): Promise<BullJob<Data> | null> => {
    const job = await queue.getJob(id);
    return job && (await job.isFailed()) ? job : null;
  };

  const handled = async (job: BullJob<Data>, handler: JobHandler) => {
    try {
      await handler(jobOf(name, job, publicId, job.attemptsMade + 1), (progress) =>
        job.updateProgress(progress),
      );
    } catch (error) {
      throw isPermanent(error) ? new UnrecoverableError(reasonOf(error)) : error;
    }
  };

  const schedule = async (key: string, payload: Uint8Array, everyMs: number) => {
    await queue.upsertJobScheduler(
      key,
      { every: everyMs, startDate: Date.now() + everyMs },
      { name, data: dataOf(payload), opts: jobOptions },
    );
  };

  const viewOf = (job: BullJob<Data>, state: JobState): JobView => ({
    id: publicId(job.id ?? ''),
    name,
    payload: payloadOf(job),
    state,
    tries: job.attemptsStarted,
    progress: typeof job.progress === 'object' ? job.progress : null,
    reason: job.failedReason ?? null,
    addedAt: job.timestamp,
    endedAt: job.finishedOn ?? null,
  });

  const orUnavailable = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof DeltaStreamError) throw cause;
      throw new DeltaStreamError('unavailable', `queue ${name}: ${what}: ${reasonOf(cause)}`, { cause });
    }
  };

  return {
    ready: () =>
      orUnavailable('it was not opened', async () => {
        await replyWithin(settings.answerTimeoutMs, queue.waitUntilReady());
      }),

    add: (payload, { key, keep, context } = {}) =>
      orUnavailable('the job was not added', async () => {
        if ((await queue.getJobCountByTypes(...WAITING)) >= settings.maxJobs) {
          throw new DeltaStreamError('unavailable', `queue ${name} is full: ${settings.maxJobs} jobs wait`);
        }
        const job = await queue.add(name, dataOf(payload, context), {
          ...jobOptions,
          ...(keep && { removeOnComplete: { count: RETAINED_JOBS } }),
          ...(key !== undefined && { deduplication: { id: key } }),
        });
        return job.id ?? '';
      }),

    async work(handler, concurrency) {
      const worker = new Worker<Data>(name, (job) => handled(job, handler), {
        ...shared,
        connection: connections.workers,
        concurrency,
        lockDuration: settings.lockMs,
        stalledInterval: settings.lockMs,
        maxStalledCount: MAX_RETRIES,
      });
      worker.on('error', onError);
      worker.on('failed', (job) => {
        if (job && job.attemptsMade <= MAX_RETRIES) retries += 1;
      });
      await orUnavailable('the worker did not start', () => worker.waitUntilReady()).catch(async (error) => {
        await worker.close(true);
        throw error;
      });
      return {
        setConcurrency: (next) => {
          worker.concurrency = next;
        },
        close: (force) => worker.close(force),
      };
    },

    schedule: (key, payload, everyMs) =>
      orUnavailable('the job was not scheduled', () => schedule(key, payload, everyMs)),

    async keepScheduled(key, payload, everyMs) {
      const next = (await queue.getJobScheduler(key))?.next;
      const now = Date.now();
      // A job under way sets the next time when it begins, and may have waited for a silent worker's lock.
      const comesRound =
        next !== undefined &&
        next > now - 2 * everyMs - settings.lockMs &&
        next <= now + everyMs + settings.lockMs;
      if (comesRound) return false;
      // BullMQ keeps the next time of a schedule whose job waits, so one that lies too far ahead has to go first.
      if (next !== undefined && next > now) await queue.removeJobScheduler(key);
      await schedule(key, payload, everyMs);
      return true;
    },

    async hastenRetries() {
      const longestMs = settings.backoffUnitMs * 2 ** MAX_RETRIES + settings.lockMs;
      const from = (Date.now() + longestMs) * SCORE_PER_MS;
      const page = [from, '+inf', 'LIMIT', 0, HASTENED_AT_ONCE] as const;
      const late = await connections.commands.zrangebyscore(queue.toKey('delayed'), ...page);
      let hastened = 0;
      for (const id of late) {
        const job = await queue.getJob(id);
        // What a schedule set is the schedule's own to mend.
        if (job?.repeatJobKey !== undefined || !job) continue;
        // Another process may have hastened it, or a worker taken it, since.
        const done = await job.promote().then(
          () => true,
          () => false,
        );
        if (done) hastened += 1;
      }
      return hastened;
    },

    job: (id) =>
      orUnavailable('the job cannot be read', async () => {
        const job = await queue.getJob(id);
        if (!job) return null;
        const state = STATE_OF[await job.getState()];
        return state === undefined ? null : viewOf(job, state);
      }),

    jobs: (limit) =>
      orUnavailable('its jobs cannot be read', async () => {
        const lists = await Promise.all(
          Object.entries(STATE_OF).map(async ([type, state]) =>
            (await queue.getJobs([type as JobType], 0, limit - 1)).map((job) => viewOf(job, state)),
          ),
        );
        // One that moved on meanwhile is found twice: the later state is the true one.
        const views = [...new Map(lists.flat().map((view) => [view.id, view])).values()];
        return views.sort((a, b) => b.addedAt - a.addedAt).slice(0, limit);
      }),

    dead: () =>
      orUnavailable('its dead jobs cannot be read', async () => {
        const jobs = (await queue.getFailed(0, settings.maxDeadJobs - 1)) as BullJob<Data>[];
        return jobs
          .map((job) => ({
            ...jobOf(name, job, publicId, job.attemptsMade),
            reason: job.failedReason,
            at: job.finishedOn ?? job.timestamp,
          }))
          .sort((a, b) => a.at - b.at);
      }),

    replay: (id) =>
      orUnavailable('the job was not replayed', async () => {
        const job = await failed(id);
        await job?.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
        return job !== null;
      }),

    discard: (id) =>
      orUnavailable('the job was not removed', async () => {
        const job = await failed(id);
        await job?.remove();
        return job !== null;
      }),

    stats: () => ({ name, ...figures, retries }),

    async measure() {
      const counts = await queue.getJobCounts(...WAITING, 'active', 'failed');
      const waiting = WAITING.reduce((sum, type) => sum + (counts[type] ?? 0), 0);
      figures = { waiting, running: counts.active ?? 0, dead: counts.failed ?? 0 };
    },

    close: () => queue.close(),
  };
}

const dataOf = (payload: Uint8Array, context?: string): Data => ({
  base64: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64'),
  ...(context !== undefined && { context }),
});

const jobOf = (name: string, job: BullJob<Data>, publicId: (id: string) => string, tries: number): Job => ({
  id: publicId(job.id ?? ''),
  name,
  payload: payloadOf(job),
  tries,
  ...(job.data.context !== undefined && { context: job.data.context }),
});

const payloadOf = (job: BullJob<Data>): Uint8Array => new Uint8Array(Buffer.from(job.data.base64, 'base64'));

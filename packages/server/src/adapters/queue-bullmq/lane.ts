import { type Job as BullJob, Queue as BullQueue, type JobsOptions, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { type DeadJob, type Job, type JobHandler, MAX_RETRIES, type QueueStats } from '../../ports/queue.ts';
import type { BullQueueSettings } from './settings.ts';

/** Bytes as base64: BullMQ keeps JSON, and a third more is what that costs. */
interface Data {
  readonly base64: string;
}

export interface LaneWorker {
  setConcurrency(concurrency: number): void;
  /** Waits for running handlers unless forced; idempotent. */
  close(force: boolean): Promise<void>;
}

/** The jobs of one name. Job ids are those of BullMQ within the name. */
export interface Lane {
  add(payload: Uint8Array): Promise<string>;
  work(handler: JobHandler, concurrency: number): Promise<LaneWorker>;
  schedule(key: string, payload: Uint8Array, everyMs: number): Promise<void>;
  dead(): Promise<DeadJob[]>;
  replay(id: string): Promise<boolean>;
  discard(id: string): Promise<boolean>;
  stats(): QueueStats;
  /** Reads the figures of `stats` anew. */
  measure(): Promise<void>;
  close(): Promise<void>;
}

const WAITING = ['wait', 'delayed', 'prioritized'] as const;

export function createLane(
  name: string,
  connections: { readonly commands: Redis; readonly workers: Redis },
  settings: BullQueueSettings,
  publicId: (id: string) => string,
): Lane {
  const logger = settings.logger.child({ queue: name });
  const onError = (error: Error) => logger.warn({ reason: reasonOf(error) }, 'the queue failed');
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

  const orUnavailable = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof DeltaStreamError) throw cause;
      throw new DeltaStreamError('unavailable', `queue ${name}: ${what}: ${reasonOf(cause)}`, { cause });
    }
  };

  return {
    add: (payload) =>
      orUnavailable('the job was not added', async () => {
        if ((await queue.getJobCountByTypes(...WAITING)) >= settings.maxJobs) {
          throw new DeltaStreamError('unavailable', `queue ${name} is full: ${settings.maxJobs} jobs wait`);
        }
        const job = await queue.add(name, dataOf(payload), jobOptions);
        return job.id ?? '';
      }),

    async work(handler, concurrency) {
      const worker = new Worker<Data>(
        name,
        (job) => handler(jobOf(name, job, publicId, job.attemptsMade + 1)),
        {
          ...shared,
          connection: connections.workers,
          concurrency,
          lockDuration: settings.lockMs,
          stalledInterval: settings.lockMs,
          maxStalledCount: MAX_RETRIES,
        },
      );
      worker.on('error', onError);
      worker.on('failed', (job) => {
        if (job && job.attemptsMade <= MAX_RETRIES) retries += 1;
      });
      await orUnavailable('the worker did not start', () => worker.waitUntilReady());
      return {
        setConcurrency: (next) => {
          worker.concurrency = next;
        },
        close: (force) => worker.close(force),
      };
    },

    schedule: (key, payload, everyMs) =>
      orUnavailable('the job was not scheduled', async () => {
        await queue.upsertJobScheduler(
          key,
          { every: everyMs, startDate: Date.now() + everyMs },
          { name, data: dataOf(payload), opts: jobOptions },
        );
      }),

    async dead() {
      const jobs = (await queue.getFailed(0, settings.maxDeadJobs - 1)) as BullJob<Data>[];
      return jobs
        .map((job) => ({
          ...jobOf(name, job, publicId, job.attemptsMade),
          reason: job.failedReason,
          at: job.finishedOn ?? job.timestamp,
        }))
        .sort((a, b) => a.at - b.at);
    },

    async replay(id) {
      const job = await failed(id);
      await job?.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
      return job !== null;
    },

    async discard(id) {
      const job = await failed(id);
      await job?.remove();
      return job !== null;
    },

    stats: () => ({ name, ...figures, retries }),

    async measure() {
      const counts = await queue.getJobCounts(...WAITING, 'active', 'failed');
      const waiting = WAITING.reduce((sum, type) => sum + (counts[type] ?? 0), 0);
      figures = { waiting, running: counts.active ?? 0, dead: counts.failed ?? 0 };
    },

    close: () => queue.close(),
  };
}

const dataOf = (payload: Uint8Array): Data => ({
  base64: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64'),
});

const jobOf = (name: string, job: BullJob<Data>, publicId: (id: string) => string, tries: number): Job => ({
  id: publicId(job.id ?? ''),
  name,
  payload: new Uint8Array(Buffer.from(job.data.base64, 'base64')),
  tries,
});

import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import {
  type DeadJob,
  type Job,
  type JobHandler,
  MAX_RETRIES,
  type Queue,
  type QueueStats,
} from '../../ports/queue.ts';

export interface MemoryQueueOptions {
  /** Unit of the backoff: the n-th retry waits 2^n units; 1,000 ms. */
  readonly backoffUnitMs?: number;
  /** Jobs that may wait per name; `add` rejects beyond it; 10,000. */
  readonly maxJobs?: number;
  /** Dead jobs kept per name; the oldest go first; 1,000. */
  readonly maxDeadJobs?: number;
}

interface Lane {
  readonly waiting: Job[];
  readonly workers: Set<Worker>;
  readonly dead: DeadJob[];
  delayed: number;
  running: number;
  retries: number;
  deadTotal: number;
}

interface Worker {
  readonly handler: JobHandler;
  concurrency: number;
  readonly running: Set<Promise<void>>;
}

/** The queue of one process: bounded, gone when the process ends. */
export function createMemoryQueue(options: MemoryQueueOptions = {}): Queue {
  const backoffUnitMs = options.backoffUnitMs ?? 1000;
  const maxJobs = options.maxJobs ?? 10_000;
  const maxDeadJobs = options.maxDeadJobs ?? 1000;
  const lanes = new Map<string, Lane>();
  const timers = new Set<NodeJS.Timeout>();
  const schedules = new Map<string, NodeJS.Timeout>();
  let lastId = 0;
  let closed = false;

  const laneOf = (name: string): Lane => {
    let lane = lanes.get(name);
    if (!lane) {
      lane = { waiting: [], workers: new Set(), dead: [], delayed: 0, running: 0, retries: 0, deadTotal: 0 };
      lanes.set(name, lane);
    }
    return lane;
  };

  const retryLater = (lane: Lane, job: Job) => {
    lane.retries += 1;
    lane.delayed += 1;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        lane.delayed -= 1;
        lane.waiting.push({ ...job, tries: job.tries + 1 });
        pump(lane);
      },
      2 ** job.tries * backoffUnitMs,
    );
    timers.add(timer);
  };

  const bury = (lane: Lane, job: Job, error: unknown) => {
    lane.deadTotal += 1;
    lane.dead.push({ ...job, reason: reasonOf(error), at: Date.now() });
    if (lane.dead.length > maxDeadJobs) lane.dead.shift();
  };

  const run = async (lane: Lane, worker: Worker, job: Job) => {
    lane.running += 1;
    try {
      await worker.handler(job);
    } catch (error) {
      if (job.tries > MAX_RETRIES) bury(lane, job, error);
      else if (!closed) retryLater(lane, job);
    } finally {
      lane.running -= 1;
    }
  };

  const pump = (lane: Lane) => {
    for (const worker of lane.workers) {
      while (worker.running.size < worker.concurrency && lane.waiting.length > 0) {
        const running = run(lane, worker, lane.waiting.shift() as Job).finally(() => {
          worker.running.delete(running);
          if (!closed) pump(lane);
        });
        worker.running.add(running);
      }
    }
  };

  const add = async (name: string, payload: Uint8Array): Promise<string> => {
    if (closed) throw new DeltaStreamError('stopped', `queue is closed; job ${name} was not added`);
    const lane = laneOf(name);
    if (lane.waiting.length + lane.delayed >= maxJobs) {
      throw new DeltaStreamError('unavailable', `queue ${name} is full: ${maxJobs} jobs wait`);
    }
    lastId += 1;
    const id = String(lastId);
    lane.waiting.push({ id, name, payload: payload.slice(), tries: 1 });
    setImmediate(() => pump(lane));
    return id;
  };

  const takeDead = (id: string): DeadJob | null => {
    for (const lane of lanes.values()) {
      const index = lane.dead.findIndex((job) => job.id === id);
      if (index >= 0) return lane.dead.splice(index, 1)[0];
    }
    return null;
  };

  return {
    add,
    async process(name, handler, processOptions) {
      const lane = laneOf(name);
      const worker: Worker = { handler, concurrency: processOptions?.concurrency ?? 1, running: new Set() };
      lane.workers.add(worker);
      pump(lane);
      return {
        setConcurrency(concurrency) {
          worker.concurrency = concurrency;
          pump(lane);
        },
        async stop() {
          lane.workers.delete(worker);
          await Promise.all(worker.running);
        },
      };
    },
    async schedule(key, name, payload, everyMs) {
      clearInterval(schedules.get(key));
      const timer = setInterval(() => {
        // A full queue already holds this job many times over; the next interval tries again.
        add(name, payload).catch(() => {});
      }, everyMs);
      schedules.set(key, timer);
    },
    names: async () => [...lanes.keys()],
    deadJobs: async (name) => [...(lanes.get(name)?.dead ?? [])],
    async replay(id) {
      const job = takeDead(id);
      if (job) await add(job.name, job.payload);
      return job !== null;
    },
    discard: async (id) => takeDead(id) !== null,
    stats: (): QueueStats[] =>
      [...lanes].map(([name, lane]) => ({
        name,
        waiting: lane.waiting.length + lane.delayed,
        running: lane.running,
        retries: lane.retries,
        dead: lane.deadTotal,
      })),
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      for (const timer of schedules.values()) clearInterval(timer);
      await Promise.all(
        [...lanes.values()].flatMap((lane) => [...lane.workers].flatMap((w) => [...w.running])),
      );
    },
  };
}

import type { JobState } from '@deltastream/contracts';
import { DeltaStreamError, isPermanent, reasonOf } from '../../../kit/errors.ts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import {
  type DeadJob,
  type JobHandler,
  type JobView,
  MAX_RETRIES,
  type Queue,
  type QueueStats,
  RETAINED_JOBS,
} from '../../../ports/queue.ts';
import { QUEUE, type QueueSettings } from '../../redis/queue/settings.ts';

/** A job as it changes. */
interface Entry {
  readonly id: string;
  readonly name: string;
  readonly payload: Uint8Array;
  readonly key: string | null;
  readonly keep: boolean;
  readonly context?: string;
  readonly addedAt: number;
  state: JobState;
  tries: number;
  progress: object | null;
  reason: string | null;
  endedAt: number | null;
}

interface Lane {
  /** Every job that is known, in the order in which they were added. */
  readonly entries: Map<string, Entry>;
  readonly waiting: Entry[];
  readonly workers: Set<Worker>;
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
export function createMemoryQueue(options: Partial<QueueSettings> = {}): Queue {
  const { backoffUnitMs, maxJobs, maxDeadJobs } = withDefaults(QUEUE.defaults, options);
  const lanes = new Map<string, Lane>();
  const timers = new Set<NodeJS.Timeout>();
  const schedules = new Map<string, NodeJS.Timeout>();
  let lastId = 0;
  let closed = false;

  const laneOf = (name: string): Lane => {
    let lane = lanes.get(name);
    if (!lane) {
      const counts = { delayed: 0, running: 0, retries: 0, deadTotal: 0 };
      lane = { entries: new Map(), waiting: [], workers: new Set(), ...counts };
      lanes.set(name, lane);
    }
    return lane;
  };

  const inState = (lane: Lane | undefined, state: JobState): Entry[] =>
    [...(lane?.entries.values() ?? [])].filter((entry) => entry.state === state);

  const retryLater = (lane: Lane, entry: Entry) => {
    entry.state = 'waiting';
    lane.retries += 1;
    lane.delayed += 1;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        lane.delayed -= 1;
        lane.waiting.push(entry);
        pump(lane);
      },
      2 ** entry.tries * backoffUnitMs,
    );
    timers.add(timer);
  };

  /** Ends a job; of those in the same state the oldest go beyond the bound. */
  const end = (lane: Lane, entry: Entry, state: 'done' | 'dead', most: number) => {
    entry.state = state;
    entry.endedAt = Date.now();
    const ended = inState(lane, state).sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
    for (const { id } of ended.slice(0, Math.max(0, ended.length - most))) lane.entries.delete(id);
  };

  const run = async (lane: Lane, worker: Worker, entry: Entry) => {
    lane.running += 1;
    entry.state = 'running';
    entry.tries += 1;
    const { id, name, payload, tries, context } = entry;
    try {
      await worker.handler({ id, name, payload, tries, context }, async (progress) => {
        entry.progress = structuredClone(progress);
      });
      if (entry.keep) end(lane, entry, 'done', RETAINED_JOBS);
      else lane.entries.delete(id);
    } catch (error) {
      entry.reason = reasonOf(error);
      if (isPermanent(error) || tries > MAX_RETRIES) {
        lane.deadTotal += 1;
        end(lane, entry, 'dead', maxDeadJobs);
      } else if (!closed) retryLater(lane, entry);
    } finally {
      lane.running -= 1;
    }
  };

  const pump = (lane: Lane) => {
    for (const worker of lane.workers) {
      while (worker.running.size < worker.concurrency && lane.waiting.length > 0) {
        const running = run(lane, worker, lane.waiting.shift() as Entry).finally(() => {
          worker.running.delete(running);
          if (!closed) pump(lane);
        });
        worker.running.add(running);
      }
    }
  };

  const enqueue = (lane: Lane, entry: Entry) => {
    if (lane.waiting.length + lane.delayed >= maxJobs) {
      throw new DeltaStreamError('unavailable', `queue ${entry.name} is full: ${maxJobs} jobs wait`);
    }
    lane.entries.set(entry.id, entry);
    lane.waiting.push(entry);
    setImmediate(() => pump(lane));
  };

  const add: Queue['add'] = async (name, payload, { key, keep = false, context } = {}) => {
    if (closed) throw new DeltaStreamError('stopped', `queue is closed; job ${name} was not added`);
    const lane = laneOf(name);
    const same = key === undefined ? undefined : unended(lane).find((entry) => entry.key === key);
    if (same) return same.id;
    lastId += 1;
    const id = String(lastId);
    const fresh = { state: 'waiting', tries: 0, progress: null, reason: null, endedAt: null } as const;
    const addedAt = Date.now();
    const given = { payload: new Uint8Array(payload), key: key ?? null, keep, context };
    enqueue(lane, { id, name, ...given, addedAt, ...fresh });
    return id;
  };

  const find = (id: string): { readonly lane: Lane; readonly entry: Entry } | null => {
    for (const lane of lanes.values()) {
      const entry = lane.entries.get(id);
      if (entry) return { lane, entry };
    }
    return null;
  };

  const takeDead = (id: string) => {
    const found = find(id);
    if (found?.entry.state !== 'dead') return null;
    found.lane.entries.delete(id);
    return found;
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
    async job(id) {
      const found = find(id);
      return found && viewOf(found.entry);
    },
    jobs: async (name, limit) =>
      [...(lanes.get(name)?.entries.values() ?? [])].map(viewOf).toReversed().slice(0, limit),
    deadJobs: async (name) =>
      inState(lanes.get(name), 'dead')
        .map(deadOf)
        .sort((a, b) => a.at - b.at),
    async replay(id) {
      const taken = takeDead(id);
      if (taken)
        enqueue(taken.lane, { ...taken.entry, state: 'waiting', tries: 0, reason: null, endedAt: null });
      return taken !== null;
    },
    discard: async (id) => takeDead(id) !== null,
    checks: () => [],
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

const unended = (lane: Lane): Entry[] =>
  [...lane.entries.values()].filter(({ state }) => state === 'waiting' || state === 'running');

const viewOf = ({ id, name, payload, state, tries, progress, reason, addedAt, endedAt }: Entry): JobView => ({
  ...{ id, name, payload, state, tries, progress, reason, addedAt, endedAt },
});

const deadOf = ({ id, name, payload, tries, reason, endedAt }: Entry): DeadJob => ({
  ...{ id, name, payload, tries },
  reason: reason ?? '',
  at: endedAt ?? 0,
});

import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { within } from '../../../kit/lifecycle/bounded-wait.ts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import type { Queue, QueueWorker } from '../../../ports/queue.ts';
import { connect, connectionCheck, createConnection } from '../connection.ts';
import { type EvictionWatch, watchEvictionPolicy } from '../eviction-policy.ts';
import { createLane, type Lane, type LaneWorker } from './lane.ts';
import { BULL_QUEUE_DEFAULTS, type BullQueueOptions, type BullQueueSettings } from './settings.ts';

export type { BullQueueOptions } from './settings.ts';

/** A worker's read blocks for up to 10 s; silence beyond that is a dead connection. */
const WORKER_SILENCE_MS = 15_000;

/**
 * The queue of many processes, on BullMQ. Jobs and schedules outlive every process. Rejects with
 * `unavailable` when Redis cannot be reached and with `invalid_setting` when it may evict jobs.
 */
export async function createBullQueue(options: BullQueueOptions): Promise<Queue> {
  const settings: BullQueueSettings = withDefaults(BULL_QUEUE_DEFAULTS, options);
  const { logger, prefix } = settings;
  const onProblem = (reason: string) => logger.warn({ reason }, 'connection of the queue failed');
  const commands = createConnection({ ...settings, name: `${prefix}:commands`, onProblem });
  // Workers wait for a Redis that is away instead of failing: they have nobody to tell.
  const workers = createConnection({
    ...settings,
    name: `${prefix}:workers`,
    answerTimeoutMs: WORKER_SILENCE_MS,
    onProblem,
    waitWhileAway: true,
  });
  let eviction: EvictionWatch | null = null;
  const disconnect = () => {
    eviction?.stop();
    commands.disconnect();
    workers.disconnect();
  };
  try {
    await connect(commands, settings.url);
    eviction = await watchEvictionPolicy(commands, {
      use: 'queue',
      url: settings.url,
      logger,
      intervalMs: settings.policyCheckMs,
    });
    await connect(workers, settings.url);
  } catch (error) {
    disconnect();
    throw error;
  }

  const namesKey = `${prefix}:names`;
  const lanes = new Map<string, Lane>();
  const schedules = new Map<
    string,
    { readonly name: string; readonly payload: Uint8Array; readonly everyMs: number }
  >();
  const running = new Set<LaneWorker>();
  let closed: Promise<void> | null = null;

  const laneOf = (name: string): Lane => {
    if (closed) throw new DeltaStreamError('stopped', `queue is closed; job ${name} is not available`);
    let lane = lanes.get(name);
    if (!lane) {
      lane = createLane(name, { commands, workers }, settings, (id) => `${name}/${id}`);
      lanes.set(name, lane);
    }
    return lane;
  };

  const register = async (name: string): Promise<Lane> => {
    const known = lanes.has(name);
    const lane = laneOf(name);
    // A name that cannot be written down now is found by its next user; the job matters more.
    if (!known) await commands.sadd(namesKey, name).catch((error) => onProblem(reasonOf(error)));
    return lane;
  };

  /** The lane of a job and its id there; null for what no job was ever called. */
  const parsed = (id: string): { readonly lane: Lane; readonly jobId: string } | null => {
    const cut = id.indexOf('/');
    return cut <= 0 ? null : { lane: laneOf(id.slice(0, cut)), jobId: id.slice(cut + 1) };
  };

  /**
   * What a server that lost its data, or another in its place, is told again: names, and schedules of this process.
   * Times that a clock set back put out of reach are set again with them.
   */
  const restore = async () => {
    if (lanes.size > 0) await commands.sadd(namesKey, ...lanes.keys());
    for (const [key, { name, payload, everyMs }] of schedules) {
      if (await laneOf(name).keepScheduled(key, payload, everyMs)) {
        logger.warn({ key, name }, 'a schedule was gone from Redis, or out of time, and is set again');
      }
    }
    for (const [name, lane] of lanes) {
      const retries = await lane.hastenRetries();
      if (retries > 0) logger.warn({ name, retries }, 'the clock was set back: retries are due at once');
    }
  };
  let restoring: Promise<void> | null = null;
  const restoreOnce = () => {
    if (closed) return;
    restoring ??= restore()
      .catch((error) => onProblem(reasonOf(error)))
      .finally(() => {
        restoring = null;
      });
  };

  const measuring = setInterval(() => {
    if (commands.status !== 'ready') return;
    restoreOnce();
    for (const lane of lanes.values()) lane.measure().catch((error) => onProblem(reasonOf(error)));
  }, settings.statsIntervalMs);

  /** Waits for running handlers, but not for ever, nor for a Redis that is away. */
  const endWorker = async (worker: LaneWorker) => {
    await within(settings.closeTimeoutMs, worker.close(false), () => {
      worker.close(true).catch((error) => onProblem(reasonOf(error)));
    });
    running.delete(worker);
  };

  const stopAll = async () => {
    clearInterval(measuring);
    await restoring;
    await Promise.all([...running].map(endWorker));
    await Promise.all([...lanes.values()].map((lane) => lane.close()));
    disconnect();
  };

  return {
    async add(name, payload, addOptions) {
      const id = await (await register(name)).add(payload, addOptions);
      return `${name}/${id}`;
    },
    async process(name, handler, processOptions): Promise<QueueWorker> {
      const lane = await register(name);
      const worker = await lane.work(handler, processOptions?.concurrency ?? 1);
      running.add(worker);
      let stopped: Promise<void> | null = null;
      return {
        setConcurrency: worker.setConcurrency,
        stop() {
          stopped ??= endWorker(worker);
          return stopped;
        },
      };
    },
    async schedule(key, name, payload, everyMs) {
      await (await register(name)).schedule(key, payload, everyMs);
      schedules.set(key, { name, payload, everyMs });
    },
    names: () => commands.smembers(namesKey),
    async job(id) {
      const found = parsed(id);
      return (await found?.lane.job(found.jobId)) ?? null;
    },
    jobs: async (name, limit) => laneOf(name).jobs(limit),
    deadJobs: async (name) => laneOf(name).dead(),
    async replay(id) {
      const found = parsed(id);
      return (await found?.lane.replay(found.jobId)) ?? false;
    },
    async discard(id) {
      const found = parsed(id);
      return (await found?.lane.discard(found.jobId)) ?? false;
    },
    stats: () => [...lanes.values()].map((lane) => lane.stats()),
    checks: () => [connectionCheck('queue', commands), ...(eviction ? [eviction.check()] : [])],
    close() {
      closed ??= stopAll();
      return closed;
    },
  };
}

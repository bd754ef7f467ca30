import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import type { Queue } from '../../../ports/queue.ts';
import { connect, connectionCheck, connectionFault, createConnection } from '../connection.ts';
import { type EvictionWatch, watchEvictionPolicy } from '../eviction-policy.ts';
import { type AwaitingWorker, createAwaitingWorker, hasJobs } from './awaiting-worker.ts';
import type { Lane } from './lane.ts';
import { BULL_QUEUE_DEFAULTS, type BullQueueOptions, type BullQueueSettings } from './settings.ts';

export type { BullQueueOptions } from './settings.ts';

/** A worker's read blocks for up to 10 s; silence beyond that is a dead connection. */
const WORKER_SILENCE_MS = 15_000;

/**
 * The queue of many processes, on BullMQ. That is loaded with the first job or schedule, which most processes never have.
 * Jobs and schedules outlive every process. Rejects with `unavailable` when Redis cannot be reached and with
 * `invalid_setting` when it may evict jobs.
 */
export async function createBullQueue(options: BullQueueOptions): Promise<Queue> {
  const settings: BullQueueSettings = withDefaults(BULL_QUEUE_DEFAULTS, options);
  const { logger, prefix } = settings;
  const onProblem = (reason: string) => logger.event('queue_connection_failed', { reason });
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
  /** Names of jobs of this process. */
  const names = new Set<string>();
  const lanes = new Map<string, Promise<Lane>>();
  const openLanes = new Map<string, Lane>();
  const schedules = new Map<
    string,
    { readonly name: string; readonly payload: Uint8Array; readonly everyMs: number }
  >();
  const workersOf = new Map<string, Set<AwaitingWorker>>();
  let closed: Promise<void> | null = null;

  const openLane = async (name: string): Promise<Lane> => {
    const { createLane } = await import('./lane.ts');
    const fault = connectionFault(commands) ?? connectionFault(workers);
    if (fault !== null) throw new DeltaStreamError('unavailable', `queue ${name}: ${fault}`);
    const lane = createLane(name, { commands, workers }, settings, (id) => `${name}/${id}`);
    try {
      await lane.ready();
    } catch (error) {
      lane.close().catch((late) => onProblem(reasonOf(late)));
      throw error;
    }
    openLanes.set(name, lane);
    return lane;
  };

  const laneOf = async (name: string): Promise<Lane> => {
    if (closed) throw new DeltaStreamError('stopped', `queue is closed; job ${name} is not available`);
    const lane = lanes.get(name) ?? openLane(name);
    lanes.set(name, lane);
    try {
      return await lane;
    } catch (error) {
      lanes.delete(name);
      throw error;
    }
  };

  const register = async (name: string): Promise<void> => {
    if (names.has(name)) return;
    names.add(name);
    // A name that cannot be written down now is found by its next user; the job matters more.
    await commands.sadd(namesKey, name).catch((error) => onProblem(reasonOf(error)));
  };

  /** Has the workers of a name begin once it has a job or a schedule. */
  const beginWorkers = async (name: string): Promise<void> => {
    const awaiting = workersOf.get(name);
    if (awaiting === undefined || closed) return;
    if (!lanes.has(name) && !(await hasJobs(commands, prefix, name))) return;
    await Promise.all([...awaiting].map((worker) => worker.begin()));
  };

  /** What does not begin now is tried again with the next look. */
  const tryWorkers = (name: string): Promise<void> =>
    beginWorkers(name).catch((error) => onProblem(reasonOf(error)));

  /** The lane of a job and its id there; null for what no job was ever called. */
  const parsed = async (id: string): Promise<{ readonly lane: Lane; readonly jobId: string } | null> => {
    const cut = id.indexOf('/');
    return cut <= 0 ? null : { lane: await laneOf(id.slice(0, cut)), jobId: id.slice(cut + 1) };
  };

  /**
   * What a server that lost its data, or another in its place, is told again: names, and schedules of this process.
   * Times that a clock set back put out of reach are set again with them.
   */
  const restore = async () => {
    if (names.size > 0) await commands.sadd(namesKey, ...names);
    for (const [key, { name, payload, everyMs }] of schedules) {
      if (await (await laneOf(name)).keepScheduled(key, payload, everyMs)) {
        logger.event('schedule_set_again', { key, name });
      }
    }
    for (const [name, lane] of openLanes) {
      const retries = await lane.hastenRetries();
      if (retries > 0) logger.event('retries_due_at_once', { name, retries });
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
    for (const name of workersOf.keys()) void tryWorkers(name);
    for (const lane of openLanes.values()) lane.measure().catch((error) => onProblem(reasonOf(error)));
  }, settings.statsIntervalMs);

  const stopAll = async () => {
    clearInterval(measuring);
    await restoring;
    await Promise.all([...workersOf.values()].flatMap((set) => [...set].map((worker) => worker.stop())));
    await Promise.allSettled(lanes.values());
    await Promise.all([...openLanes.values()].map((lane) => lane.close()));
    disconnect();
  };

  return {
    async add(name, payload, addOptions) {
      await register(name);
      const id = await (await laneOf(name)).add(payload, addOptions);
      void tryWorkers(name);
      return `${name}/${id}`;
    },
    async process(name, handler, processOptions) {
      await register(name);
      const worker = createAwaitingWorker({
        start: async (concurrency) => (await laneOf(name)).work(handler, concurrency),
        concurrency: processOptions?.concurrency ?? 1,
        closeTimeoutMs: settings.closeTimeoutMs,
        onProblem: (error) => onProblem(reasonOf(error)),
      });
      const workers = workersOf.get(name) ?? new Set();
      workersOf.set(name, workers.add(worker));
      await tryWorkers(name);
      return {
        setConcurrency: worker.setConcurrency,
        stop: () => worker.stop().finally(() => workers.delete(worker)),
      };
    },
    async schedule(key, name, payload, everyMs) {
      await register(name);
      await (await laneOf(name)).schedule(key, payload, everyMs);
      schedules.set(key, { name, payload, everyMs });
      void tryWorkers(name);
    },
    names: () =>
      commands.smembers(namesKey).catch((cause) => {
        const what = `the names of the queues cannot be read: ${reasonOf(cause)}`;
        throw new DeltaStreamError('unavailable', what, { cause });
      }),
    async job(id) {
      const found = await parsed(id);
      return (await found?.lane.job(found.jobId)) ?? null;
    },
    jobs: async (name, limit) => (await laneOf(name)).jobs(limit),
    deadJobs: async (name) => (await laneOf(name)).dead(),
    async replay(id) {
      const found = await parsed(id);
      return (await found?.lane.replay(found.jobId)) ?? false;
    },
    async discard(id) {
      const found = await parsed(id);
      return (await found?.lane.discard(found.jobId)) ?? false;
    },
    stats: () =>
      [...new Set([...names, ...openLanes.keys()])].map(
        (name) => openLanes.get(name)?.stats() ?? { name, waiting: 0, running: 0, dead: 0, retries: 0 },
      ),
    checks: () => [connectionCheck('queue', commands), ...(eviction ? [eviction.check()] : [])],
    close() {
      closed ??= stopAll();
      return closed;
    },
  };
}

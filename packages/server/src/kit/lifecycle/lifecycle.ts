import { DeltaStreamError, reasonOf } from '../errors.ts';
import { type Logger, serviceLogger } from '../logging/log.ts';
import { within } from './bounded-wait.ts';
import { LIFECYCLE } from './lifecycle-settings.ts';
import type { Service } from './service.ts';

/** What a service does at its start and at its stop; when each is called is the lifecycle's part. */
export interface LifecycleWork {
  readonly name: string;
  readonly logger: Logger;
  /** Longest time of a stop. */
  readonly stopTimeoutMs?: number;
  /** Called once. Long waits in it end with the signal; what it has begun when it fails, `stop` ends. */
  start(stopping: AbortSignal): Promise<void>;
  /**
   * Ends everything that was begun, in `leftMs`. Called also where `start` never was, and a second time for
   * what a start that was waited for in vain begins after the first.
   */
  stop(leftMs: number): Promise<unknown>;
}

export interface Lifecycle extends Pick<Service, 'start' | 'stop'> {
  /** Aborted when the stop begins. */
  readonly stopping: AbortSignal;
  /** Why the service does not work; null while it runs. */
  problem(): string | null;
}

/** For work that ends by itself when its time is up, so that it can say so: a few turns of the event loop, wherever it runs. */
const GRACE_MS = 250;

/**
 * The states of a service: new, starting, running, stopping, stopped, or failed when its start was.
 *
 * - It starts once: `start` again returns the same promise, after a failure too, and rejects with `stopped` after
 *   `stop`. Another run is another service.
 * - A start that fails ends what it had begun, then rejects with its own reason.
 * - `stop` during a start waits for it, for half of the time at most, and makes it reject with `stopped`; what it
 *   begins later is ended then.
 * - `stop` resolves within `stopTimeoutMs` and a grace of 250 ms, with a warning where the work did not end. Again
 *   it returns the same promise. No timer is left.
 */
export function createLifecycle(work: LifecycleWork): Lifecycle {
  const { name, stopTimeoutMs = LIFECYCLE.defaults.stopTimeoutMs } = work;
  const logger = serviceLogger(work.logger, name);
  const stopping = new AbortController();
  let problem: string | null = 'not started';
  let failed = false;
  /** The stop no longer waits for the start. */
  let overtaken = false;
  let starting: Promise<void> | null = null;
  let stopped: Promise<void> | null = null;

  const stoppedError = () => new DeltaStreamError('stopped', `${name} was stopped`);

  const end = (leftMs: number): Promise<unknown> =>
    within(leftMs + GRACE_MS, work.stop(leftMs), () => {
      logger.event('stop_timed_out', { timeout_ms: stopTimeoutMs });
    });

  const endBegun = () =>
    end(stopTimeoutMs).catch((error) => logger.event('failed_start_not_ended', { reason: reasonOf(error) }));

  async function start(): Promise<void> {
    if (stopping.signal.aborted) throw stoppedError();
    problem = 'starting';
    try {
      await work.start(stopping.signal);
      if (stopping.signal.aborted) throw stoppedError();
      problem = null;
    } catch (error) {
      failed = !stopping.signal.aborted;
      if (failed) problem = reasonOf(error);
      // A stop that waits for this start ends what it began.
      if (failed || overtaken) await endBegun();
      throw error;
    }
  }

  async function stop(): Promise<void> {
    const deadline = performance.now() + stopTimeoutMs;
    stopping.abort();
    if (!failed) problem = 'stopping';
    if (starting) {
      const settled = starting.catch(() => undefined);
      await within(stopTimeoutMs / 2, settled, () => {
        overtaken = true;
      });
    }
    try {
      // A start that failed has ended everything itself.
      if (!failed) await end(Math.max(0, deadline - performance.now()));
    } finally {
      if (!failed) problem = 'stopped';
    }
  }

  return {
    stopping: stopping.signal,
    problem: () => problem,
    start() {
      // After a stop it is another response than the one that was given before.
      if (stopped !== null) return Promise.reject(stoppedError());
      starting ??= start();
      return starting;
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

import { fileURLToPath } from 'node:url';
import type { VolatilityForecast } from '@deltastream/quant';
import type { Piscina } from 'piscina';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { AnalyticsSettings } from '../settings.ts';
import type { FittedSlice } from '../volatility/fitting/fit-slices.ts';
import type { FitSmiles } from '../volatility/fitting/fit-surface.ts';
import type { ForecastTask } from './compute-thread.ts';

/**
 * What takes more time than an event loop should be kept for. Each rejects with `unavailable` when too many
 * computations wait, or the thread ended in the middle of this one (another takes its place), with `timeout` after
 * `fitTimeoutMs`, waiting included, and with `stopped` between `stop` and `start`.
 */
export interface Computations {
  readonly fit: FitSmiles;
  /** `forecastVolatility`. */
  readonly forecast: (task: ForecastTask) => Promise<VolatilityForecast[]>;
}

/** Threads that fit surfaces and compute forecasts. */
export interface ComputePool extends Computations {
  start(): void;
  /** Completes what was asked for, then ends the threads; idempotent. */
  stop(): Promise<void>;
}

export type ComputePoolSettings = Pick<
  AnalyticsSettings,
  'fitThreads' | 'maxWaitingFits' | 'fitTimeoutMs' | 'fitThreadIdleMs'
>;

const SCRIPT = new URL('./compute-thread.ts', import.meta.url);

/**
 * Threads are started when they are needed, and end when they have had nothing to do for a while.
 *
 * @param script exports what `compute-thread.ts` does
 */
export function createComputePool(
  settings: ComputePoolSettings,
  logger: Logger,
  script = SCRIPT,
): ComputePool {
  let stopped = false;
  let pool: Promise<Piscina> | null = null;
  const asked = new Set<Promise<unknown>>();

  async function open(): Promise<Piscina> {
    const { Piscina } = await import('piscina');
    const opened = new Piscina({
      filename: fileURLToPath(script),
      minThreads: 0,
      maxThreads: settings.fitThreads,
      maxQueue: settings.maxWaitingFits,
      idleTimeout: settings.fitThreadIdleMs,
      recordTiming: false,
      // As for other threads: what a fit allocates is small, and the default takes 16 MB of each.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    // Of a thread that ended while it had nothing to do.
    opened.on('error', (error) => logger.event('compute_thread_ended', { reason: reasonOf(error) }));
    return opened;
  }

  async function run(name: string, what: string, task: unknown): Promise<unknown> {
    pool ??= open();
    const threads = await pool;
    if (threads.queueSize >= settings.maxWaitingFits) {
      const waiting = `${settings.maxWaitingFits} surfaces and forecasts wait for a thread already`;
      throw new DeltaStreamError('unavailable', waiting, { retryAfterSeconds: 1 });
    }
    const signal = AbortSignal.timeout(settings.fitTimeoutMs);
    try {
      return await threads.run(task, { name, signal });
    } catch (cause) {
      if (signal.aborted) {
        const late = `${what} was not computed within ${settings.fitTimeoutMs} ms`;
        throw new DeltaStreamError('timeout', late, { cause });
      }
      const why = `${what} could not be computed: ${reasonOf(cause)}`;
      throw new DeltaStreamError('unavailable', why, { cause, retryAfterSeconds: 1 });
    }
  }

  /** @param name of an export of the script */
  const computation =
    <Task, Result>(name: string, what: string) =>
    async (task: Task): Promise<Result> => {
      if (stopped) throw new DeltaStreamError('stopped', `${what} is not computed any more`);
      const result = run(name, what, task);
      asked.add(result);
      try {
        return (await result) as Result;
      } finally {
        asked.delete(result);
      }
    };

  return {
    fit: computation<Parameters<FitSmiles>[0], (FittedSlice | null)[]>('fitSlices', 'a surface'),
    forecast: computation<ForecastTask, VolatilityForecast[]>('forecastSessions', 'a forecast'),
    start() {
      stopped = false;
    },
    async stop() {
      stopped = true;
      await Promise.allSettled(asked);
      const open = pool;
      pool = null;
      await (await open)?.destroy();
    },
  };
}

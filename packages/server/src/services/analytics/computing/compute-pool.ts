import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { AnalyticsSettings } from '../settings.ts';
import type { FittedSlice } from '../volatility/fitting/fit-slices.ts';
import type { FitSmiles } from '../volatility/fitting/fit-surface.ts';

/** Threads that fit surfaces, so that the event loop does not wait for one. */
export interface ComputePool {
  /**
   * Rejects with `unavailable` when too many fits wait, or the thread ended in the middle of this one (another takes
   * its place), with `timeout` after `fitTimeoutMs`, waiting included, and with `stopped` between `stop` and `start`.
   */
  readonly fit: FitSmiles;
  start(): void;
  /** Completes the fits that were asked for, then ends the threads; idempotent. */
  stop(): Promise<void>;
}

export type ComputePoolSettings = Pick<
  AnalyticsSettings,
  'fitThreads' | 'maxWaitingFits' | 'fitTimeoutMs' | 'fitThreadIdleMs'
>;

const SCRIPT = new URL('../volatility/fitting/fit-slices.ts', import.meta.url);

/**
 * Threads are started when they are needed, and end when they have had nothing to do for a while.
 *
 * @param script exports `fitSlices`
 */
export function createComputePool(settings: ComputePoolSettings, logger: Logger, script = SCRIPT): ComputePool {
  let stopped = false;
  let pool: Promise<Piscina> | null = null;
  const asked = new Set<Promise<unknown>>();

  async function open(): Promise<Piscina> {
    const { Piscina } = await import('piscina');
    const opened = new Piscina({
      filename: fileURLToPath(script),
      name: 'fitSlices',
      minThreads: 0,
      maxThreads: settings.fitThreads,
      maxQueue: settings.maxWaitingFits,
      idleTimeout: settings.fitThreadIdleMs,
      recordTiming: false,
      // As for other threads: what a fit allocates is small, and the default takes 16 MB of each.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    // Of a thread that ended while it had nothing to do.
    opened.on('error', (error) =>
      logger.warn({ reason: reasonOf(error) }, 'a thread that fits surfaces ended'),
    );
    return opened;
  }

  const run: FitSmiles = async (smiles) => {
    pool ??= open();
    const threads = await pool;
    if (threads.queueSize >= settings.maxWaitingFits) {
      const waiting = `${settings.maxWaitingFits} surfaces wait to be fitted already`;
      throw new DeltaStreamError('unavailable', waiting, { retryAfterSeconds: 1 });
    }
    const signal = AbortSignal.timeout(settings.fitTimeoutMs);
    try {
      return (await threads.run(smiles, { signal })) as (FittedSlice | null)[];
    } catch (cause) {
      if (signal.aborted) {
        const late = `a surface was not fitted within ${settings.fitTimeoutMs} ms`;
        throw new DeltaStreamError('timeout', late, { cause });
      }
      const why = `a surface could not be fitted: ${reasonOf(cause)}`;
      throw new DeltaStreamError('unavailable', why, { cause, retryAfterSeconds: 1 });
    }
  };

  return {
    async fit(smiles) {
      if (stopped) throw new DeltaStreamError('stopped', 'surfaces are not fitted any more');
      const fitted = run(smiles);
      asked.add(fitted);
      try {
        return await fitted;
      } finally {
        asked.delete(fitted);
      }
    },
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

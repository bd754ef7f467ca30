import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { AnalyticsSettings } from '../settings.ts';
import { type Computations, type ComputePoolSettings, createComputePool } from './compute-pool.ts';

/**
 * `live`: of the newest chains; there are as many as products, and jobs and all clients ask for the same. `asOf`: of an
 * instant, or of an expiry that is over; anybody can ask for a thousand different ones.
 */
export type Lane = 'live' | 'asOf';

export const laneOf = (at: string | undefined): Lane => (at === undefined ? 'live' : 'asOf');

/**
 * Where heavy computations are done. Each lane has threads and a queue of its own, so that what is live never waits for
 * what is as of an instant.
 */
export interface Lanes {
  /**
   * Does work that reads and computes. As of an instant `asOfThreads` are done at a time, reading included, and
   * `maxWaitingAsOf` may wait: further ones are rejected with `unavailable` before they read anything.
   */
  run<T>(lane: Lane, work: (computations: Computations) => Promise<T>): Promise<T>;
  start(): void;
  /** Completes what is being computed; idempotent. */
  stop(): Promise<void>;
}

export type LaneSettings = ComputePoolSettings & Pick<AnalyticsSettings, 'asOfThreads' | 'maxWaitingAsOf'>;

export function createLanes(settings: LaneSettings, logger: Logger): Lanes {
  const { asOfThreads, maxWaitingAsOf } = settings;
  const pools = {
    live: createComputePool(settings, logger),
    asOf: createComputePool({ ...settings, fitThreads: asOfThreads }, logger),
  };
  const turns = bulkhead(asOfThreads, maxWaitingAsOf);
  return {
    async run(lane, work) {
      if (lane === 'live') return work(pools.live);
      try {
        return await turns.execute(() => work(pools.asOf));
      } catch (error) {
        if (!(error instanceof BulkheadRejectedError)) throw error;
        const waiting = `${maxWaitingAsOf} surfaces and forecasts as of an instant wait to be computed already`;
        throw new DeltaStreamError('unavailable', waiting, { retryAfterSeconds: 1 });
      }
    },
    start() {
      for (const pool of Object.values(pools)) pool.start();
    },
    async stop() {
      await Promise.all(Object.values(pools).map((pool) => pool.stop()));
    },
  };
}

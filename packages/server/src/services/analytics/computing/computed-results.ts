import { createGrowingCache } from '../../../kit/growing-cache.ts';
import type { Computations } from './compute-pool.ts';
import type { Lane, Lanes } from './lanes.ts';

/** Results of heavy computations by key: each is computed once for all who ask for it at the same time. */
export interface ComputedResults<Result> {
  /** The result where there is one. As of an instant also the live one, which does not stay longer for it. */
  cached(lane: Lane, key: string): Result | undefined;
  /** Rejects as `Lanes.run` and `compute` do; what fails is computed again for who asks next. */
  get(lane: Lane, key: string, compute: (computations: Computations) => Promise<Result>): Promise<Result>;
  /** Takes a live result that was computed elsewhere. */
  add(key: string, result: Result): void;
}

export interface ComputedResultsOptions {
  /** Results kept of each lane, none where it is absent: those as of an instant remove no live one. */
  readonly most: Readonly<Partial<Record<Lane, number>>>;
  /** How long a result is kept, ms; without end. */
  readonly ttl?: number;
}

export function createComputedResults<Result extends {}>(
  lanes: Pick<Lanes, 'run'>,
  { most, ttl }: ComputedResultsOptions,
): ComputedResults<Result> {
  const cacheOf = (entries: number | undefined) =>
    entries === undefined ? undefined : createGrowingCache<string, Result>(entries, { ttl });
  const kept = { live: cacheOf(most.live), asOf: cacheOf(most.asOf) };
  const running: Record<Lane, Map<string, Promise<Result>>> = { live: new Map(), asOf: new Map() };

  const cached = (lane: Lane, key: string) =>
    lane === 'live' ? kept.live?.get(key) : (kept.live?.peek(key) ?? kept.asOf?.get(key));

  return {
    cached,
    async get(lane, key, compute) {
      const found = cached(lane, key) ?? running.live.get(key) ?? running[lane].get(key);
      if (found !== undefined) return found;
      const started = lanes
        .run(lane, compute)
        .then((result) => {
          kept[lane]?.set(key, result);
          return result;
        })
        .finally(() => running[lane].delete(key));
      running[lane].set(key, started);
      return started;
    },
    add(key, result) {
      kept.live?.set(key, result);
    },
  };
}

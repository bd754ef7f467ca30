import { LRUCache } from 'lru-cache';
import type { Computations } from './compute-pool.ts';
import type { ComputedResults } from './computed-results.ts';

/** Results of the newest chains of products. */
export interface NewestResults<Result> {
  /**
   * The result of what the key says, the chains that are the newest now. Where the last one that was up to date was so
   * less than `staleMs` ago and may be returned, it is, while the new one is computed.
   */
  find(
    product: string,
    key: string,
    compute: (computations: Computations) => Promise<Result>,
    mayBeStale: boolean,
  ): Promise<Result>;
}

export interface NewestResultsOptions {
  /** 0: nothing out of date is returned. */
  readonly staleMs: number;
  /** Products of which the last result is remembered. */
  readonly most: number;
  readonly onRead?: (outcome: 'hit' | 'stale') => void;
}

export function createNewestResults<Result extends { readonly timestamp: number }>(
  results: ComputedResults<Result>,
  { staleMs, most, onRead = () => {} }: NewestResultsOptions,
): NewestResults<Result> {
  /** The last result of a product that was up to date, for as long as it may be returned after that. */
  const recent = new LRUCache<string, Result>({ max: most, ttl: staleMs });
  return {
    async find(product, key, compute, mayBeStale) {
      const seenMs = performance.now();
      const found = results.cached('live', key);
      if (found !== undefined) {
        onRead('hit');
        recent.set(product, found);
        return found;
      }
      const before = mayBeStale && staleMs > 0 ? recent.get(product) : undefined;
      const remembered = results.get('live', key, compute).then((made) => {
        const held = recent.get(product);
        // It was up to date when its snapshots were the newest, not when it was done.
        if (held === undefined || held.timestamp <= made.timestamp)
          recent.set(product, made, { start: seenMs });
        return made;
      });
      if (before === undefined) return remembered;
      onRead('stale');
      // Who comes next is told of what failed.
      remembered.catch(() => undefined);
      return before;
    },
  };
}

export interface Invalidation {
  readonly key: string;
  readonly version: number;
  readonly ttlMs: number;
}

/**
 * Invalidations that did not reach Redis. Until one does, its key must not be read: what Redis holds may
 * be older than what was written. Bounded; beyond the bound nothing is read until every value that can
 * be stale has expired.
 */
export interface OwedInvalidations {
  add(invalidation: Invalidation, nowMs: number): void;
  /** True when what Redis holds under the key may be stale. */
  doubtful(key: string, nowMs: number): boolean;
  list(): Invalidation[];
  /** Forgets an invalidation, unless a later one of its key came meanwhile. */
  done(invalidation: Invalidation): void;
}

export function createOwedInvalidations(maxKeys: number): OwedInvalidations {
  const owed = new Map<string, Invalidation>();
  let nothingUntilMs = 0;
  return {
    add(invalidation, nowMs) {
      const before = owed.get(invalidation.key);
      if (before && before.version > invalidation.version) return;
      if (!before && owed.size >= maxKeys)
        nothingUntilMs = Math.max(nothingUntilMs, nowMs + invalidation.ttlMs);
      else owed.set(invalidation.key, invalidation);
    },
    doubtful: (key, nowMs) => nowMs < nothingUntilMs || owed.has(key),
    list: () => [...owed.values()],
    done(invalidation) {
      if (owed.get(invalidation.key) === invalidation) owed.delete(invalidation.key);
    },
  };
}

import { LOG_LEVELS } from '@deltastream/contracts';

/** From which level on lines are kept; `silent` keeps none. */
export type LeastLevel = (typeof LOG_LEVELS)[number] | 'silent';

/** From which level on the lines of each service are kept; it may change while the process runs. */
export interface LogLevels {
  /** Whether a line of this level is kept; `service` is null for lines that name none. */
  keeps(service: string | null, level: LeastLevel): boolean;
  of(service: string | null): LeastLevel;
  /** For one service from now on; null: for all, also those that had a level of their own. */
  set(service: string | null, level: LeastLevel): void;
  /** Calls `changed` after each `set`, until what is returned is called. */
  watch(changed: () => void): () => void;
}

const RANKS = Object.fromEntries([...LOG_LEVELS, 'silent'].map((level, rank) => [level, rank])) as Readonly<
  Record<LeastLevel, number>
>;

export function createLogLevels(initial: LeastLevel): LogLevels {
  let least = initial;
  const own = new Map<string, LeastLevel>();
  const watchers = new Set<() => void>();
  const of = (service: string | null): LeastLevel =>
    own.size === 0 || service === null ? least : (own.get(service) ?? least);
  return {
    keeps: (service, level) => RANKS[level] >= RANKS[of(service)],
    of,
    set(service, level) {
      if (service === null) {
        own.clear();
        least = level;
      } else own.set(service, level);
      for (const changed of watchers) changed();
    },
    watch(changed) {
      watchers.add(changed);
      return () => void watchers.delete(changed);
    },
  };
}

import { createRandom } from '../../packages/server/src/services/feed/synthetic/random.ts';

/** Decisions of one request, the same for the same seed and number. */
export interface Choices {
  chance(probability: number): boolean;
  integer(low: number, high: number): number;
  of<T>(items: readonly T[]): T;
}

export function createChoices(seed: number, request: number): Choices {
  const random = createRandom(seed * 1_000_003 + request);
  const integer = (low: number, high: number) => low + Math.floor(random.uniform() * (high - low + 1));
  return {
    chance: (probability) => random.uniform() < probability,
    integer,
    of: (items) => items[integer(0, items.length - 1)],
  };
}

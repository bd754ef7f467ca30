import { createRandom } from '../../packages/server/src/services/feed/synthetic/random.ts';
import { median, quantile } from './statistics.ts';

/** What two candidates measured in neighbouring rounds. */
export type Neighbours = readonly [candidate: number, base: number];

/** A ratio, and between what it lies with 95 % confidence. */
export interface RatioEstimate {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;
const CONFIDENCE = 0.95;

/**
 * The ratio of two candidates that were measured in groups, each with processes of its own: of each group the median of the
 * ratios of neighbouring rounds, of all groups the geometric mean. Two processes that are alike differ by more than their
 * rounds do, so the interval is that of a bootstrap that draws groups, and rounds within them (Davison and Hinkley, 1997,
 * section 3.8). With one group it says nothing of other processes.
 */
export function ratioOfGroups(groups: readonly (readonly Neighbours[])[]): RatioEstimate {
  if (groups.length === 0 || groups.some((rounds) => rounds.length === 0)) {
    throw new Error('a ratio needs at least one group, and each group at least one round');
  }
  const logs = groups.map((rounds) => rounds.map(([candidate, base]) => Math.log(candidate / base)));
  const { uniform } = createRandom(1);
  const draw = <Item>(items: readonly Item[]): Item[] =>
    items.map(() => items[Math.floor(uniform() * items.length)]);
  const resampled = Array.from({ length: RESAMPLES }, () => meanOfMedians(draw(logs).map(draw)));
  const outside = (1 - CONFIDENCE) / 2;
  return {
    ratio: Math.exp(meanOfMedians(logs)),
    low: Math.exp(quantile(resampled, outside)),
    high: Math.exp(quantile(resampled, 1 - outside)),
  };
}

function meanOfMedians(groups: readonly (readonly number[])[]): number {
  return groups.reduce((sum, rounds) => sum + median(rounds), 0) / groups.length;
}

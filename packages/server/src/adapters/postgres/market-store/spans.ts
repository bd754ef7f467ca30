import type { ListRange, TimeRange } from '../../../ports/stores/market/market-store.ts';
import { dayOf, startOfDay } from './partitions.ts';

/** Longest span of one statement: planning takes longer with every partition that it may touch. */
const MAX_DAYS = 32;

/** A part of a range, [from, to). */
export type Span = Pick<TimeRange, 'fromMs' | 'toMs'>;

/**
 * A range in parts of 1, 2, 4 .. 32 days, from its beginning or its end: what lies near that end is found in few
 * partitions, and what lies far from it after few statements.
 */
export function* spansOf({ fromMs, toMs }: Span, take: ListRange['take'] = 'first'): Iterable<Span> {
  let [from, to] = [fromMs, toMs];
  for (let days = 1; from < to; days = Math.min(2 * days, MAX_DAYS)) {
    if (take === 'first') {
      const end = Math.min(to, startOfDay(dayOf(from) + days));
      yield { fromMs: from, toMs: end };
      from = end;
    } else {
      const start = Math.max(from, startOfDay(dayOf(to - 1) - days + 1));
      yield { fromMs: start, toMs: to };
      to = start;
    }
  }
}

/** The part of a range in which a series has anything, from its first to its last time. */
export const within = ({ fromMs, toMs }: Span, first: number, last: number): Span => ({
  fromMs: Math.max(fromMs, first),
  toMs: Math.min(toMs, last + 1),
});

/** Ascending times in groups that lie within so many days and are so many at most. */
export function* groupsOfTimes(times: readonly number[], atMost: number): Iterable<readonly number[]> {
  for (let begin = 0, end = 0; begin < times.length; begin = end) {
    const beyond = startOfDay(dayOf(times[begin]) + MAX_DAYS);
    while (end < times.length && end - begin < atMost && times[end] < beyond) end++;
    yield times.slice(begin, end);
  }
}

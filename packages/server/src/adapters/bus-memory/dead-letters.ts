import { reasonOf } from '../../kit/errors.ts';
import type { DeadLetter, Delivery } from '../../ports/bus.ts';

/** The dead letters of one topic: bounded, the oldest go first; totals count all that ever came. */
export interface DeadLetters {
  bury(delivery: Delivery, group: string, error: unknown): void;
  list(): DeadLetter[];
  total(group: string): number;
}

export function createDeadLetters(topic: string, limit: number): DeadLetters {
  const letters: DeadLetter[] = [];
  const totals = new Map<string, number>();
  return {
    bury({ frame, position, deliveries }, group, error) {
      totals.set(group, (totals.get(group) ?? 0) + 1);
      letters.push({ topic, group, frame, position, deliveries, reason: reasonOf(error), at: Date.now() });
      if (letters.length > limit) letters.shift();
    },
    list: () => [...letters],
    total: (group) => totals.get(group) ?? 0,
  };
}

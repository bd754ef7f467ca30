import { reasonOf } from '../../../kit/errors.ts';
import type { DeadLetter, Delivery } from '../../../ports/bus.ts';

/** The dead letters of one topic: bounded, the oldest go first; totals count all that ever came. */
export interface DeadLetters {
  bury(delivery: Delivery, group: string, error: unknown): void;
  list(): DeadLetter[];
  /** Takes a letter away, for the first caller only; null when there is no such letter. */
  take(id: string): DeadLetter | null;
  total(group: string): number;
}

export function createDeadLetters(topic: string, limit: number): DeadLetters {
  const letters: DeadLetter[] = [];
  const totals = new Map<string, number>();
  let lastId = 0;
  return {
    bury({ frame, position, deliveries }, group, error) {
      totals.set(group, (totals.get(group) ?? 0) + 1);
      lastId += 1;
      const id = String(lastId);
      letters.push({
        id,
        topic,
        group,
        frame,
        position,
        deliveries,
        reason: reasonOf(error),
        at: Date.now(),
      });
      if (letters.length > limit) letters.shift();
    },
    list: () => [...letters],
    take(id) {
      const index = letters.findIndex((letter) => letter.id === id);
      return index < 0 ? null : letters.splice(index, 1)[0];
    },
    total: (group) => totals.get(group) ?? 0,
  };
}

import type { RoomPosition } from '@deltastream/contracts';

/** What a resume can be given, or why not: the asker is `ahead`, of another `epoch`, or out of the `history`. */
export type Missed<T> = readonly T[] | 'ahead' | 'history' | 'epoch';

/** The newest messages of one numbered stream, bounded; the oldest go first. */
export interface History<T extends RoomPosition> {
  /** The message with the largest number. */
  readonly latest: T | null;
  /** How many messages have come, whatever became of them. */
  readonly arrivals: number;
  /** A message of another epoch begins anew; one that came late takes its place. */
  add(message: T): void;
  /** What came after so many arrivals, in the order of coming, as far as it is kept. */
  arrivedAfter(arrivals: number): readonly T[];
  /** All that is kept, in the order of numbers. */
  all(): readonly T[];
  /** Everything after the position, complete and in the order of numbers, or why that cannot be given. */
  since(position: RoomPosition): Missed<T>;
}

export function createHistory<T extends RoomPosition>(length: number): History<T> {
  let ordered: T[] = [];
  let arrived: T[] = [];
  let arrivals = 0;

  function placeOf(seq: number): number {
    let i = ordered.length;
    while (i > 0 && ordered[i - 1].seq > seq) i--;
    return i;
  }

  return {
    get latest() {
      return ordered.at(-1) ?? null;
    },
    get arrivals() {
      return arrivals;
    },
    add(message) {
      if (ordered[0]?.epoch !== message.epoch) ordered = [];
      ordered.splice(placeOf(message.seq), 0, message);
      if (ordered.length > length) ordered.shift();
      arrivals += 1;
      arrived.push(message);
      if (arrived.length > 2 * length) arrived = arrived.slice(-length);
    },
    arrivedAfter(count) {
      const fresh = Math.min(arrivals - count, length, arrived.length);
      return fresh > 0 ? arrived.slice(-fresh) : [];
    },
    all: () => ordered,
    since({ epoch, seq }) {
      const latest = ordered.at(-1);
      if (!latest) return 'ahead';
      if (latest.epoch !== epoch) return 'epoch';
      if (seq > latest.seq) return 'ahead';
      const missed = ordered.slice(placeOf(seq));
      return missed.length === latest.seq - seq ? missed : 'history';
    },
  };
}

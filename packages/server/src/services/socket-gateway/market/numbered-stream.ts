import type { RoomPosition } from '@deltastream/contracts';

/** What a resume can be given, or why not: the asker is `ahead`, of another `epoch`, or out of the `history`. */
export type Missed<T> = readonly T[] | 'ahead' | 'history' | 'epoch';

/** Why a client at `at` cannot resume in a stream that is at `now`, null where it can. */
export function cannotResume(now: RoomPosition | null, at: RoomPosition): 'ahead' | 'epoch' | null {
  if (now === null) return 'ahead';
  if (now.epoch !== at.epoch) return 'epoch';
  return at.seq > now.seq ? 'ahead' : null;
}

/** The newest messages of one numbered stream, bounded; the oldest go first. */
export interface History<T extends RoomPosition> {
  /** The message with the largest number. */
  readonly latest: T | null;
  /** How many messages have come, whatever became of them. */
  readonly arrivals: number;
  /** A message of another epoch begins anew; one that came late takes its place. */
  add(message: T): void;
  /** Keeps nothing of what came; `arrivals` goes on. */
  forget(): void;
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
    forget() {
      ordered = [];
      arrived = [];
    },
    arrivedAfter(count) {
      const fresh = Math.min(arrivals - count, length, arrived.length);
      return fresh > 0 ? arrived.slice(-fresh) : [];
    },
    all: () => ordered,
    since(at) {
      const latest = ordered.at(-1) ?? null;
      const missed = ordered.slice(placeOf(at.seq));
      const isComplete = latest !== null && missed.length === latest.seq - at.seq;
      return cannotResume(latest, at) ?? (isComplete ? missed : 'history');
    },
  };
}

/** A message's place in its stream: `seq` rises by one within an `epoch`, one run of the producer. */
export interface Sequenced {
  readonly epoch: string;
  readonly seq: number;
}

/** Numbers that did not come, ends included. */
export interface LostRange {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
}

/**
 * `next`: larger than all before, or of another epoch. `filled`: it came late and closes a hole.
 * `stale`: it was here already, was given up, or belongs to an epoch that was replaced a moment ago.
 */
export type Arrival = 'next' | 'filled' | 'stale';

/**
 * Watches the numbering of one stream of one product. Messages may come late, twice or not at all, because
 * several enrichers work on them and the bus delivers at least once. A number that is left out is a hole;
 * a hole is not yet a loss, since what is late fills it; only one that stays open for `waitMs` is lost.
 * Nothing is held back meanwhile: the newest state is shown at once, whatever is still under way.
 */
export interface StreamOrder {
  readonly epoch: string | null;
  /** Every message up to this number has come or is lost; -1 before the first. */
  readonly watermark: number;
  /** The largest number that came; -1 before the first. */
  readonly newest: number;
  /** True while something is missing that `expire` has not given up. */
  readonly incomplete: boolean;
  arrive(message: Sequenced, nowMs: number): Arrival;
  /** Gives up the holes that are open for too long. */
  expire(nowMs: number): LostRange[];
}

/** More than this at once is not a hole but a stream that is joined in the middle. */
const MOST_HOLES = 1024;
/** For so many times `waitMs` what comes of a replaced epoch is late; after that it is a producer that is back. */
const EPOCH_SETTLES = 5;

export function createStreamOrder(waitMs: number): StreamOrder {
  /** Since when each number is missing, ascending. */
  const holes = new Map<number, number>();
  let epoch: string | null = null;
  let replaced: { readonly epoch: string; readonly untilMs: number } | null = null;
  let newest = -1;
  let overflowed: LostRange[] = [];

  function begin(message: Sequenced, nowMs: number): void {
    // A gateway joins its first epoch wherever that is; a later one began while it was there.
    const joined = epoch === null;
    if (epoch !== null) replaced = { epoch, untilMs: nowMs + EPOCH_SETTLES * waitMs };
    epoch = message.epoch;
    holes.clear();
    newest = joined || message.seq === 0 || message.seq > MOST_HOLES ? message.seq - 1 : 0;
  }

  function leaveHoles(from: number, to: number, nowMs: number): void {
    if (to - from >= MOST_HOLES) {
      if (epoch !== null) overflowed.push({ epoch, from, to });
      return;
    }
    for (let seq = from; seq <= to; seq++) holes.set(seq, nowMs);
  }

  return {
    get epoch() {
      return epoch;
    },
    get watermark() {
      const [first] = holes.keys();
      return first === undefined ? newest : first - 1;
    },
    get newest() {
      return newest;
    },
    get incomplete() {
      return holes.size > 0 || overflowed.length > 0;
    },
    arrive(message, nowMs) {
      if (message.epoch !== epoch) {
        if (replaced?.epoch === message.epoch && nowMs < replaced.untilMs) return 'stale';
        begin(message, nowMs);
      }
      if (message.seq <= newest) return holes.delete(message.seq) ? 'filled' : 'stale';
      leaveHoles(newest + 1, message.seq - 1, nowMs);
      newest = message.seq;
      return 'next';
    },
    expire(nowMs) {
      const lost = overflowed;
      overflowed = [];
      for (const [seq, sinceMs] of holes) {
        if (nowMs - sinceMs < waitMs || epoch === null) break;
        holes.delete(seq);
        const last = lost.at(-1);
        if (last?.epoch === epoch && last.to === seq - 1) lost[lost.length - 1] = { ...last, to: seq };
        else lost.push({ epoch, from: seq, to: seq });
      }
      return lost;
    },
  };
}

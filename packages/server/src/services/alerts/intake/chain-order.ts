/** A message's place in one run of its producer: `seq` rises by one. */
export interface Sequenced {
  readonly epoch: string;
  readonly seq: number;
}

/** How far the messages of a product were handed on, and which run this one took the place of. */
export interface ChainPlace extends Sequenced {
  readonly replaced: string | null;
}

/** `repeated`: handed on, held or given up before. `late`: of a run that was replaced. */
export type Dropped = 'repeated' | 'late';

export interface MissingRange {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
}

/** What became of a message: those whose turn it is now, in order, and what was given up for them. */
export interface Turn<Message> {
  readonly ready: readonly Message[];
  readonly dropped: Dropped | null;
  readonly missing: readonly MissingRange[];
}

/**
 * Hands on the messages of one product in the order of their numbers, each once. Enrichers work side by side, and a
 * bus delivers at least once: messages come out of order and twice. One that is not next waits for those before it,
 * for `waitMs` at most and with no more than `maxHeld` others; what is missing then is given up, and dropped where it
 * comes later.
 *
 * A message of another run ends the run before: what waits of that is handed on first. A run begins at number 0 or 1;
 * one whose first message has a number above `maxHeld` is joined there. So is the first run of all, whose beginning is
 * waited for only where it may just have been overtaken; what is not known of it is not missing.
 */
export interface ChainOrder<Message extends Sequenced> {
  /** Null before the first message. */
  readonly place: ChainPlace | null;
  /** Messages that wait. */
  readonly held: number;
  arrive(message: Message, nowMs: number): Turn<Message>;
  /** Gives up what has been waited for too long. */
  expire(nowMs: number): Turn<Message>;
}

export interface ChainOrderOptions {
  readonly waitMs: number;
  readonly maxHeld: number;
  /** Where the messages were left. */
  readonly from: ChainPlace | null;
}

/** Places by which the first message of a run is overtaken by others: as many as enrichers work on side by side. */
const MOST_OVERTAKING = 16;

export function createChainOrder<Message extends Sequenced>({
  waitMs,
  maxHeld,
  from,
}: ChainOrderOptions): ChainOrder<Message> {
  let epoch = from?.epoch ?? null;
  let replaced = from?.replaced ?? null;
  let last = from?.seq ?? -1;
  /** The first run, of which nothing was handed on yet. */
  let isJoining = from === null;
  /** By number, in the order of coming. */
  const held = new Map<number, { readonly message: Message; readonly sinceMs: number }>();

  function takeNext(ready: Message[]): void {
    for (let next = held.get(last + 1); next !== undefined; next = held.get(last + 1)) {
      isJoining = false;
      last += 1;
      held.delete(last);
      ready.push(next.message);
    }
  }

  /** Goes on behind the first hole. */
  function giveUp(ready: Message[], missing: MissingRange[]): void {
    const first = Math.min(...held.keys());
    if (epoch !== null && !isJoining) missing.push({ epoch, from: last + 1, to: first - 1 });
    last = first - 1;
    takeNext(ready);
  }

  function begin({ epoch: next, seq }: Message): void {
    replaced = epoch;
    epoch = next;
    if (seq > (isJoining ? Math.min(MOST_OVERTAKING, maxHeld) : maxHeld)) last = seq - 1;
    else last = seq === 0 ? -1 : 0;
  }

  return {
    get place() {
      return epoch === null ? null : { epoch, seq: last, replaced };
    },
    get held() {
      return held.size;
    },
    arrive(message, nowMs) {
      const { seq } = message;
      if (message.epoch === epoch && seq === last + 1 && held.size === 0) {
        last = seq;
        return { ready: [message], dropped: null, missing: [] };
      }
      const ready: Message[] = [];
      const missing: MissingRange[] = [];
      if (message.epoch !== epoch && message.epoch === replaced) return { ready, dropped: 'late', missing };
      if (message.epoch !== epoch) {
        while (held.size > 0) giveUp(ready, missing);
        begin(message);
      }
      if (seq <= last || held.has(seq)) return { ready, dropped: 'repeated', missing };
      held.set(seq, { message, sinceMs: nowMs });
      takeNext(ready);
      while (held.size > maxHeld) giveUp(ready, missing);
      return { ready, dropped: null, missing };
    },
    expire(nowMs) {
      const ready: Message[] = [];
      const missing: MissingRange[] = [];
      for (let oldest = firstOf(held); oldest !== undefined; oldest = firstOf(held)) {
        if (nowMs - oldest.sinceMs < waitMs) break;
        giveUp(ready, missing);
      }
      return { ready, dropped: null, missing };
    },
  };
}

const firstOf = <Value>(map: ReadonlyMap<number, Value>): Value | undefined => map.values().next().value;

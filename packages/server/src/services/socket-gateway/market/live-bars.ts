import {
  type Bar,
  type EnrichedTick,
  isoTime,
  mergeBars,
  STORED_INTERVALS,
  type StoredInterval,
} from '@deltastream/contracts';

/** A bar as far as it has come, in the terms of the room that it is sent to. */
export interface LiveBar {
  readonly bar: Bar;
  /** The largest `seq` of the ticks in it. */
  readonly seq: number;
  /** Ticks are missing: it began before this gateway had the product, or some were lost. */
  readonly partial: boolean;
}

/** The newest bars of one product, merged from the parts that ticks carry; late ticks mend them. */
export interface LiveBars {
  /** Merges a tick's parts; returns the intervals whose bars changed. */
  add(tick: EnrichedTick): StoredInterval[];
  /** Ticks are lost: the bars they may belong to are partial. */
  markPartial(): void;
  /** Oldest first. */
  of(interval: StoredInterval): readonly LiveBar[];
  /** The newest `seq` in a bar that is no longer kept; -1 when all are kept. */
  forgottenUpTo(interval: StoredInterval): number;
}

/** The bar that runs, and those that a late tick may still change. */
const RECENT_BARS = 4;

export function createLiveBars(): LiveBars {
  const bars = new Map<StoredInterval, LiveBar[]>(STORED_INTERVALS.map((interval) => [interval, []]));
  const forgotten = new Map<StoredInterval, number>();
  let epoch: string | null = null;
  let heardFrom = Number.POSITIVE_INFINITY;

  function merge(part: Bar, seq: number): StoredInterval | null {
    const interval = STORED_INTERVALS.find((each) => each === part.interval);
    const kept = interval && bars.get(interval);
    if (!kept) return null;
    const at = kept.findIndex(({ bar }) => bar.start >= part.start);
    const held = kept[at]?.bar.start === part.start ? kept[at] : null;
    if (held) {
      const bar = mergeBars(held.bar, part);
      kept[at] = { bar, seq: Math.max(held.seq, seq), partial: held.partial };
      return interval;
    }
    if (at === 0 && kept.length === RECENT_BARS) return null;
    kept.splice(at < 0 ? kept.length : at, 0, { bar: part, seq, partial: part.start < heardFrom });
    if (kept.length > RECENT_BARS) {
      const oldest = kept.shift();
      forgotten.set(interval, Math.max(forgotten.get(interval) ?? -1, oldest?.seq ?? -1));
    }
    return interval;
  }

  return {
    add(tick) {
      if (tick.epoch !== epoch) {
        // Another run's ticks may repeat or contradict these, so nothing is merged across epochs.
        for (const kept of bars.values()) kept.length = 0;
        forgotten.clear();
        epoch = tick.epoch;
        heardFrom = tick.timestamp;
      }
      const changed = tick.bars.map((part) => merge(part, tick.seq));
      return changed.filter((interval) => interval !== null);
    },
    markPartial() {
      for (const kept of bars.values()) {
        for (const [i, bar] of kept.entries()) kept[i] = { ...bar, partial: true };
      }
    },
    of: (interval) => bars.get(interval) ?? [],
    forgottenUpTo: (interval) => forgotten.get(interval) ?? -1,
  };
}

/** The bar as JSON, without what only its room knows. */
export function barFields({ bar, seq, partial }: LiveBar, interval: StoredInterval) {
  return {
    ...bar,
    interval,
    start: isoTime(bar.start),
    open_at: isoTime(bar.open_at),
    close_at: isoTime(bar.close_at),
    partial,
    seq,
  };
}

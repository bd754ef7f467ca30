import { STORAGE, type StorageSettings } from '../settings.ts';

/** Messages of one product and kind, as feeds number them. */
export interface Numbered {
  readonly product: string;
  readonly epoch: string;
  readonly seq: number;
}

/**
 * Counts the numbers that never came. A series is one product in one epoch; it is counted from the first
 * message that is seen of it, because what came before that is not known here. Order and repetition do
 * not matter: a late message takes its number back.
 */
export interface SequenceGaps {
  seen(message: Numbered): void;
  /** By product: numbers missing now, below the highest seen. */
  missing(): ReadonlyMap<string, number>;
}

/** Beyond `maxSeries` the series that was silent longest goes first, and what it misses stays counted. */
export type SequenceGapsSettings = Pick<StorageSettings, 'maxHoles' | 'maxSeries'>;

/** Numbers from `from` to before `to`. */
interface Hole {
  readonly from: number;
  readonly to: number;
}

interface Series {
  readonly product: string;
  /** Above every number seen. */
  next: number;
  /** Ascending. */
  holes: Hole[];
}

export function createSequenceGaps(settings: SequenceGapsSettings = STORAGE.defaults): SequenceGaps {
  /** Longest silent first. */
  const all = new Map<string, Series>();
  const missing = new Map<string, number>();

  const count = (product: string, change: number) => {
    missing.set(product, (missing.get(product) ?? 0) + change);
  };

  const seriesOf = ({ product, epoch, seq }: Numbered): Series => {
    const key = `${product} ${epoch}`;
    const series = all.get(key) ?? { product, next: seq, holes: [] };
    all.delete(key);
    all.set(key, series);
    if (all.size > settings.maxSeries) {
      const [silent = key] = all.keys();
      all.delete(silent);
    }
    return series;
  };

  const takeBack = (series: Series, seq: number) => {
    const at = holeAt(series.holes, seq);
    const hole = series.holes[at];
    if (hole === undefined) return;
    const rest = [
      { from: hole.from, to: seq },
      { from: seq + 1, to: hole.to },
    ].filter(({ from, to }) => from < to);
    series.holes.splice(at, 1, ...rest);
    count(series.product, -1);
  };

  return {
    seen(message) {
      const { product, seq } = message;
      const series = seriesOf(message);
      if (seq < series.next) return takeBack(series, seq);
      if (seq > series.next) {
        series.holes.push({ from: series.next, to: seq });
        count(product, seq - series.next);
      } else if (!missing.has(product)) missing.set(product, 0);
      series.next = seq + 1;
      if (series.holes.length > settings.maxHoles) series.holes.shift();
    },
    missing: () => missing,
  };
}

/** Index of the hole that a number lies in; -1 when it lies in none. */
function holeAt(holes: readonly Hole[], seq: number): number {
  let low = 0;
  let high = holes.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (seq < holes[middle].from) high = middle - 1;
    else if (seq >= holes[middle].to) low = middle + 1;
    else return middle;
  }
  return -1;
}

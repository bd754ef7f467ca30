/** A span is remembered in so many steps: a change over 15 minutes is over 15 minutes to within 15 seconds. */
const STEPS = 60;
/** Chains come about every second at most. */
const MIN_STEP_MS = 1_000;

/**
 * What a figure was so long before a chain: the last value at or before that time, at most once the span older, of those
 * that were the last of their step. Takes memory for two spans, whatever comes.
 */
export interface SpanHistory {
  readonly spanMs: number;
  /** The first instants of the steps from which `before` of this time may take a value. */
  steps(atMs: number): number[];
  /** The value of a chain; NaN: null. One that is older than what stands for its step is left out. */
  note(atMs: number, value: number): void;
  /** NaN where it was null, or no chain was near that time. */
  before(atMs: number): number;
}

export function createSpanHistory(spanMs: number): SpanHistory {
  const stepMs = Math.max(MIN_STEP_MS, spanMs / STEPS);
  const length = Math.ceil((2 * spanMs) / stepMs) + 2;
  const times = new Float64Array(length).fill(Number.NaN);
  const values = new Float64Array(length);
  const stepOf = (ms: number) => Math.floor(ms / stepMs);

  return {
    spanMs,
    steps(atMs) {
      const first = stepOf(atMs - 2 * spanMs);
      return Array.from({ length: stepOf(atMs) - first + 1 }, (_, i) => Math.ceil((first + i) * stepMs));
    },
    note(atMs, value) {
      const place = stepOf(atMs) % length;
      if (times[place] > atMs) return;
      times[place] = atMs;
      values[place] = value;
    },
    before(atMs) {
      const target = atMs - spanMs;
      const oldest = target - spanMs;
      for (let at = stepOf(target); at >= stepOf(oldest); at--) {
        const time = times[at % length];
        if (stepOf(time) === at && time <= target && time >= oldest) return values[at % length];
      }
      return Number.NaN;
    },
  };
}

/** Where a service reads the time. A replay runs on the recording's time, a test on its own. */
export interface Clock {
  /** Milliseconds since the Unix epoch: for timestamps and expiries. It may be set, back as well as forth. */
  now(): number;
  /**
   * Milliseconds since some moment, which only rise: for how long something lasts, is fresh, or waits. Not to be
   * compared across processes or kept.
   */
  monotonicMs(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

/** A clock that stands still until it is told the time. */
export interface ManualClock extends Clock {
  /** Lets the time pass until an instant; to an earlier one the clock is set back, and no time passes. */
  set(epochMs: number): void;
  /** Sets the wall clock forth or back, as an administrator or NTP does: no time passes. */
  step(byMs: number): void;
}

export function createManualClock(startMs = 0): ManualClock {
  let current = startMs;
  let monotonic = startMs;
  return {
    now: () => current,
    monotonicMs: () => monotonic,
    set: (epochMs) => {
      monotonic += Math.max(0, epochMs - current);
      current = epochMs;
    },
    step: (byMs) => {
      current += byMs;
    },
  };
}

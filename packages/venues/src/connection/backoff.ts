export interface Backoff {
  /** Wait before the next try, ms; never less than `atLeastMs`, where the other side asks for that. */
  next(atLeastMs?: number): number;
  /** The next wait is the first again. */
  reset(): void;
}

/** An hour: a venue that asks for a longer pause, or says nonsense, is asked again after that. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Waits that double from the first to the last, each between half of that and all of it, so that many clients of a venue that
 * was away do not come back in one moment.
 *
 * @param random at least 0, below 1
 */
export function createBackoff(
  { firstRetryMs, lastRetryMs }: { readonly firstRetryMs: number; readonly lastRetryMs: number },
  random: () => number,
): Backoff {
  let tries = 0;
  return {
    next(atLeastMs = 0) {
      const most = Math.min(firstRetryMs * 2 ** tries, lastRetryMs);
      tries++;
      const asked = Number.isFinite(atLeastMs) ? atLeastMs : 0;
      return Math.min(Math.max(most / 2 + (most / 2) * random(), asked), LONGEST_WAIT_MS);
    },
    reset() {
      tries = 0;
    },
  };
}

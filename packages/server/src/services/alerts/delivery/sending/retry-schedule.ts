import type { DeliverySettings } from '../settings.ts';

/** How long to wait after a failed try. */
export interface RetrySchedule {
  /**
   * Until the message is tried again; null when it was tried often enough. `attempts` are those made, `asked` is what the
   * target asks for.
   */
  beforeNextTry(attempts: number, askedMs: number | null): number | null;
  /** Until anything else is sent to the target. */
  beforeOthers(attempts: number, askedMs: number | null): number;
}

/** A wait may be longer by this share, so that messages that failed together do not come together; never shorter. */
const JITTER = 0.1;

/** `random` is in 0 to 1. */
export function createRetrySchedule(
  settings: Pick<DeliverySettings, 'retrySeconds' | 'retryAfterMaxSeconds' | 'failingPauseMs'>,
  random: () => number = Math.random,
): RetrySchedule {
  const waitsMs = settings.retrySeconds.map((seconds) => Number(seconds) * 1_000);
  const asked = (ms: number | null) => Math.min(ms ?? 0, settings.retryAfterMaxSeconds * 1_000);
  const later = (ms: number) => ms + Math.ceil(ms * JITTER * random());
  return {
    beforeNextTry(attempts, askedMs) {
      const own = waitsMs[attempts - 1];
      return own === undefined ? null : later(Math.max(own, asked(askedMs)));
    },
    beforeOthers(attempts, askedMs) {
      const own = waitsMs[attempts - 1] ?? settings.failingPauseMs;
      return Math.max(asked(askedMs), Math.min(own, settings.failingPauseMs));
    },
  };
}

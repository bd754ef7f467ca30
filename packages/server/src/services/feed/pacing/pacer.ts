import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Clock } from '../../../ports/clock.ts';

export interface PacerConfig {
  /** Recorded seconds per second, or `max`: no waiting. */
  readonly speed: number | 'max';
  /** A longer pause of a recording, such as a night, is skipped. */
  readonly maxGapMs: number;
  /** Whether timestamps are the time: then such a pause is waited for by the wall clock. */
  readonly live?: boolean;
}

/** Turns the timestamps of a source into moments to send at. */
export interface Pacer {
  /** When a message of this timestamp is due, in monotonic ms; its timestamp becomes the place reached. */
  due(timestamp: number): number;
  /** Resolves at that time, or at once when the signal aborts. */
  wait(dueMs: number, signal: AbortSignal): Promise<void>;
}

const LONGEST_SLEEP_MS = 1000; // How late a wall clock that was set is noticed.
/** A wall clock that leaves the monotonic one by more was set, or the machine slept. */
const CLOCK_WAS_SET_MS = 1000;
/** Without a wait, the rest of the process gets a turn this often. */
const LONGEST_TURN_MS = 10;

/**
 * Paces by monotonic time, so that a wall clock that is set neither stops nor hurries a feed. When it was set, the
 * next message is due at once and the pace goes on from there: a source in real time may have followed the clock.
 * Rejects with `invalid_setting` when the speed is not above 0.
 */
export function createPacer(clock: Clock, { speed, maxGapMs, live = false }: PacerConfig): Pacer {
  if (speed !== 'max' && !(speed > 0 && speed < Infinity)) {
    throw new DeltaStreamError('invalid_setting', `speed must be above 0 or "max", not ${speed}`);
  }
  let anchor: { at: number; recorded: number; wallOffset: number } | null = null;
  let reached = Number.NEGATIVE_INFINITY;
  let turnBegan = performance.now();

  return {
    due: (timestamp) => {
      if (speed === 'max') return Number.NEGATIVE_INFINITY;
      const at = clock.monotonicMs();
      const wallOffset = clock.now() - at;
      const wasSet = anchor !== null && Math.abs(wallOffset - anchor.wallOffset) > CLOCK_WAS_SET_MS;
      const isPause = timestamp - reached > maxGapMs;
      if (!anchor || wasSet || isPause) {
        const waitMs = live && isPause && !wasSet ? Math.max(0, timestamp - clock.now()) : 0;
        anchor = { at: at + waitMs, recorded: timestamp, wallOffset };
      }
      reached = Math.max(reached, timestamp);
      return anchor.at + (timestamp - anchor.recorded) / speed;
    },

    wait: async (dueMs, signal) => {
      // Short sleeps, so that a manual clock that is set shows within one of them.
      for (;;) {
        // Read once: the time goes on between two readings, and a negative timeout is a warning on the console.
        const leftMs = dueMs - clock.monotonicMs();
        if (!(leftMs > 0) || signal.aborted) break;
        await sleep(Math.min(leftMs, LONGEST_SLEEP_MS), undefined, { signal }).catch(() => undefined);
        turnBegan = performance.now();
      }
      // A source and a bus that are both in memory settle without ever leaving the microtask queue.
      if (performance.now() - turnBegan > LONGEST_TURN_MS) {
        await nextTurn();
        turnBegan = performance.now();
      }
    },
  };
}

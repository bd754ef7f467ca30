import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The time by which data is removed because of its age. */
export interface RetentionClock {
  /** Not later than the wall clock. Never waits for long and never throws. */
  now(): number;
}

export interface RetentionClockOptions {
  /** The shortest time that anything is kept by it; infinite where all is kept. */
  readonly keepMs: number;
  /** Where the time is noted over restarts; without it a start takes the clock as it finds it, or `newestMs`. */
  readonly file?: string;
  /** The newest time that data was stored at by an earlier run, where no file tells; null: there is none. */
  readonly newestMs?: number | null;
  /** Told when the clock is found ahead, once. */
  readonly onAhead?: (aheadMs: number) => void;
  readonly wallMs?: () => number;
  readonly monotonicMs?: () => number;
}

/** How long a clock has to be ahead, with the process running, until it is believed: somebody has read the warning by then. */
const BELIEVED_AFTER_MS = 86_400_000; // A day.
/** A long weekend: a machine that was off or asleep for so long is nothing to wonder at. */
const MAX_OFF_MS = 4 * 86_400_000;
/** A quarter of what is kept may go too early at most, where the clock is ahead by no more than that. */
const TRUSTED_PART = 4;
const LEAST_TRUSTED_MS = 3_600_000; // What is kept for hours only may lose one of them: no clock is nearer by itself after a start.
const NOTED_EVERY_MS = 600_000; // Between two notes; far below what a clock may be ahead.

interface Noted {
  /** The time as it is believed. */
  readonly at: number;
  /** For how long the clock has been found ahead. */
  readonly aheadForMs: number;
}

/**
 * A wall clock that is suddenly far ahead would have retention remove all that is recent. So its time counts only as far as the
 * monotonic clock, and the time that was noted before a restart, bear it out: a step by more than a quarter of what is kept,
 * or four days, is believed once it has lasted for a day of running. Until then time goes on from where it was.
 */
export function createRetentionClock(options: RetentionClockOptions): RetentionClock {
  const { keepMs, file, newestMs = null, onAhead, wallMs = Date.now } = options;
  const { monotonicMs = () => performance.now() } = options;
  const toleratedMs = Math.max(LEAST_TRUSTED_MS, Math.min(MAX_OFF_MS, keepMs / TRUSTED_PART));
  let known: Noted | null =
    (file === undefined ? null : readNoted(file)) ??
    (newestMs === null ? null : { at: newestMs, aheadForMs: 0 });
  let lookedAt = monotonicMs();
  let noted: Noted | null = null;

  const note = (next: Noted) => {
    const isSame = noted !== null && next.aheadForMs > 0 === noted.aheadForMs > 0;
    known = next;
    if (file === undefined) return;
    if (isSame && noted !== null && Math.abs(next.at - noted.at) < NOTED_EVERY_MS) return;
    noted = next;
    writeNoted(file, next);
  };

  return {
    now() {
      const wall = wallMs();
      const lookedBefore = lookedAt;
      lookedAt = monotonicMs();
      const elapsedMs = Math.max(0, lookedAt - lookedBefore);
      const { at, aheadForMs } = known ?? { at: wall, aheadForMs: 0 };
      const expected = at + elapsedMs;
      const aheadMs = wall - expected;
      if (aheadMs <= toleratedMs || aheadForMs + elapsedMs >= BELIEVED_AFTER_MS) {
        note({ at: wall, aheadForMs: 0 });
        return wall;
      }
      if (aheadForMs === 0) onAhead?.(aheadMs);
      // At least something, so that a clock that was just found ahead is known as such.
      note({ at: expected, aheadForMs: Math.max(1, aheadForMs + elapsedMs) });
      return expected;
    },
  };
}

function readNoted(file: string): Noted | null {
  try {
    const { at, aheadForMs } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Noted>;
    return Number.isFinite(at) && Number.isFinite(aheadForMs) ? ({ at, aheadForMs } as Noted) : null;
  } catch {
    return null;
  }
}

/** As one. On a full disk the process still knows it. */
function writeNoted(file: string, value: Noted): void {
  try {
    writeFileSync(`${file}.part`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${file}.part`, file);
  } catch {
    // The store says what is wrong with its folder.
  }
}

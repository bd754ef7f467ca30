import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReplayRun, ReplaySpeed } from '@deltastream/contracts';
import { reasonOf } from '../../../kit/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { ReplayInstant, ReplaySource } from './replay-source.ts';

export interface ReplayOptions {
  readonly speed: ReplaySpeed;
  readonly paused: boolean;
  readonly loop: boolean;
  readonly thenLive: boolean;
  /** A longer pause of what is played, such as a night, is skipped; ms. */
  readonly maxGapMs: number;
}

/** One beginning of a replay: at its start, by a seek, by the loop. */
export interface ReplayPass {
  /** Counted from 1. */
  readonly number: number;
}

export interface ReplayControllerParts {
  readonly source: ReplaySource;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Shows an instant; the next one waits for it. */
  readonly show: (instant: ReplayInstant, pass: ReplayPass) => Promise<void>;
  /** Told after each change of the state but the instant that is shown. */
  readonly changed: () => void;
}

export interface ReplayProgress {
  readonly state: ReplayRun;
  readonly speed: ReplaySpeed;
  /** The instant that is shown, epoch ms; null before the first. */
  readonly atMs: number | null;
  /** How often it came to its end and began again. */
  readonly loops: number;
  readonly reason: string | null;
}

/**
 * Plays a source. Guarantees: instants are shown in order, one after the other, none before its time by the speed; a
 * command holds from the next instant on, also while one is waited for; after `stop` nothing is shown.
 */
export interface ReplayController {
  /** Resolves at the end for good: stopped, failed, or at its end with `thenLive`. Never rejects. */
  readonly finished: Promise<void>;
  progress(): ReplayProgress;
  pause(): void;
  /** Goes on; at the end it begins anew. */
  resume(): void;
  /** Shows what held at an instant, and goes on from there as before; at the end it pauses. */
  seek(atMs: number): void;
  /** Shows so many instants more and waits. */
  step(instants: number): void;
  setSpeed(speed: ReplaySpeed): void;
  stop(): void;
}

/** Without a wait, the rest of the process gets a turn this often. */
const LONGEST_TURN_MS = 10;
const LONGEST_WAIT_MS = 2 ** 31 - 1; // As a timer can be set.
/** The last picture of a loop is seen for so long before the first: a range of one instant does not turn without a rest. */
const LOOP_REST_MS = 250;

export function createReplayController(
  { source, clock, show, changed }: ReplayControllerParts,
  options: ReplayOptions,
): ReplayController {
  let state: ReplayRun = 'opening';
  let paused = options.paused;
  let { speed } = options;
  let atMs: number | null = null;
  let loops = 0;
  let steps = 0;
  let passes = 0;
  let reason: string | null = null;
  /** Where the next pass begins; undefined while none is to. */
  let target: number | null | undefined = source.fromMs;
  let reading = new AbortController();
  /** When the replay was where, while its time runs; null while it stands. */
  let anchor: { readonly monotonicMs: number; readonly recordedMs: number } | null = null;
  /** Where its time stands, while it does. */
  let standsAtMs: number | null = null;
  let wake: () => void = () => {};
  let turnBegan = clock.monotonicMs();

  const isOver = () => state === 'stopped' || state === 'failed';

  function enter(next: ReplayRun): void {
    if (isOver() || state === next) return;
    state = next;
    changed();
  }

  /** Where the time of the replay is; null before the first instant. */
  function recordedNow(): number | null {
    if (anchor === null || speed === 'max') return standsAtMs ?? atMs;
    return anchor.recordedMs + (clock.monotonicMs() - anchor.monotonicMs) * speed;
  }

  /** Lets its time stand where it is, until it is run again. */
  function halt(): void {
    standsAtMs = recordedNow();
    anchor = null;
  }

  /** Resolves at the next command, or after so long. */
  async function waitFor(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (ms < Number.POSITIVE_INFINITY) timer = setTimeout(resolve, Math.min(ms, LONGEST_WAIT_MS));
    });
    clearTimeout(timer);
    turnBegan = clock.monotonicMs();
  }

  async function untilDue(timestamp: number): Promise<void> {
    while (!isOver() && target === undefined) {
      if (paused) {
        if (steps > 0) return;
        await waitFor(Number.POSITIVE_INFINITY);
        continue;
      }
      if (speed === 'max') return;
      if (atMs !== null && timestamp - atMs > options.maxGapMs) return;
      anchor ??= { monotonicMs: clock.monotonicMs(), recordedMs: standsAtMs ?? atMs ?? timestamp };
      const leftMs = (timestamp - (recordedNow() ?? timestamp)) / speed;
      if (leftMs <= 0) return;
      await waitFor(leftMs);
    }
  }

  /** An instant was shown at its time, after a gap, or by a step: in the last two its time goes on from there. */
  function reach(timestamp: number): void {
    const jumped = paused || speed === 'max' || atMs === null || timestamp - atMs > options.maxGapMs;
    if (jumped) {
      anchor = null;
      standsAtMs = timestamp;
    }
    atMs = timestamp;
    if (paused && steps > 0) steps -= 1;
  }

  async function playPass(from: number | null): Promise<boolean> {
    reading = new AbortController();
    const pass = { number: ++passes };
    let isFirst = true;
    anchor = null;
    standsAtMs = null;
    for await (const instant of source.open(from, reading.signal)) {
      // The first of a pass is where it was asked to be.
      if (!isFirst) await untilDue(instant.timestamp);
      if (isOver() || target !== undefined) break;
      await show(instant, pass);
      if (isFirst) atMs = null;
      reach(instant.timestamp);
      if (isFirst) {
        const before = state;
        enter(paused ? 'paused' : 'playing');
        // After a seek, too, it is told at once where it is.
        if (state === before) changed();
      }
      isFirst = false;
      if (clock.monotonicMs() - turnBegan > LONGEST_TURN_MS) {
        await nextTurn();
        turnBegan = clock.monotonicMs();
      }
    }
    return !isFirst;
  }

  /** After the last instant of a loop: as before any other, a pause holds, and a step goes on to the first. */
  async function untilNextLoop(): Promise<void> {
    const began = clock.monotonicMs();
    while (!isOver() && target === undefined) {
      const leftMs = began + LOOP_REST_MS - clock.monotonicMs();
      if (paused ? steps > 0 : leftMs <= 0) return;
      await waitFor(paused ? Number.POSITIVE_INFINITY : leftMs);
    }
  }

  async function play(): Promise<void> {
    while (!isOver()) {
      if (target === undefined) {
        await waitFor(Number.POSITIVE_INFINITY);
        continue;
      }
      const from = target;
      target = undefined;
      let any = false;
      try {
        any = await playPass(from);
      } catch (error) {
        // What a command ended is not a failure.
        if (!reading.signal.aborted) throw error;
      }
      if (isOver() || target !== undefined) continue;
      if (options.loop && any) {
        await untilNextLoop();
        if (isOver() || target !== undefined) continue;
        loops += 1;
        target = source.fromMs;
        changed();
      } else enter(options.thenLive ? 'stopped' : 'ended');
    }
  }

  // In a turn of its own: who is told of a change has the controller by then.
  const finished = Promise.resolve()
    .then(play)
    .catch((error) => {
      reason = reasonOf(error);
      enter('failed');
    });

  function go(to: number | null): void {
    target = to;
    steps = 0;
    reading.abort();
    wake();
  }

  return {
    finished,
    progress: () => ({ state, speed, atMs, loops, reason }),
    pause() {
      if (state === 'ended') return;
      if (!paused) halt();
      paused = true;
      steps = 0;
      if (state === 'playing') enter('paused');
      wake();
    },
    resume() {
      paused = false;
      steps = 0;
      if (state === 'ended') go(source.fromMs);
      if (state === 'paused' || state === 'ended') enter('playing');
      wake();
    },
    seek(to) {
      if (isOver()) return;
      if (state === 'ended') paused = true;
      go(to);
    },
    step(instants) {
      if (state === 'ended') return;
      if (!paused) halt();
      paused = true;
      steps += instants;
      if (state === 'playing') enter('paused');
      wake();
    },
    setSpeed(next) {
      halt();
      speed = next;
      changed();
      wake();
    },
    stop() {
      enter('stopped');
      reading.abort();
      wake();
    },
  };
}

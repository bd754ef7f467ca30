import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** Work in turns: short ones, between which the rest of the process goes on. */
export interface Turns {
  /** To be awaited after each piece of work that may have ended a turn. Rejects when the signal aborts. */
  rest(): Promise<void>;
  /** True once the turn has lasted long enough. */
  isOver(): boolean;
}

export interface TurnSettings {
  /** Longest turn, as far as the work is in pieces. */
  readonly turnMs: number;
  /** Of the time, at most, that the work takes; 1: all that others leave. */
  readonly timeShare: number;
  /** True while what came from outside waits: then there is no turn. */
  readonly isBusy?: () => boolean;
}

const BUSY_POLL_MS = 20; // Short beside the seconds in which a backlog is stored.

export function createTurns(
  { turnMs, timeShare, isBusy = () => false }: TurnSettings,
  signal: AbortSignal,
): Turns {
  let begun = performance.now();
  return {
    isOver: () => performance.now() - begun >= turnMs,
    async rest() {
      signal.throwIfAborted();
      const pauseMs = (performance.now() - begun) * (1 / timeShare - 1);
      if (pauseMs >= 1) await sleep(pauseMs, undefined, { signal });
      else await nextTurn(undefined, { signal });
      while (isBusy()) await sleep(BUSY_POLL_MS, undefined, { signal });
      begun = performance.now();
    },
  };
}

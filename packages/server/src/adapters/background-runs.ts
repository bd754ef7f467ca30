import { setTimeout as sleep } from 'node:timers/promises';
import { DeltaStreamError } from '../kit/errors.ts';

export interface BackgroundRunsOptions {
  readonly intervalMs: number;
  /** What is run at every interval, unless such a run still waits. */
  readonly run: () => Promise<void>;
  /** Told why a run at an interval failed; not once they are closed. */
  readonly failed: (error: unknown) => void;
}

/** What a store does beside its puts and reads: one run after another, at intervals and when it is asked for. */
export interface BackgroundRuns {
  /** Runs `work` after what is under way. Rejects with what it rejects with, and with `stopped` once they are closed. */
  inTurn(work: () => Promise<void>): Promise<void>;
  /** Waits inside a run, without keeping the process; rejects once they are closed. */
  pause(ms: number): Promise<void>;
  /** Aborted once they are closed. */
  readonly signal: AbortSignal;
  /** Resolves when what was under way has ended; idempotent. */
  close(): Promise<void>;
}

export function createBackgroundRuns({ intervalMs, run, failed }: BackgroundRunsOptions): BackgroundRuns {
  const closing = new AbortController();
  const { signal } = closing;
  let running: Promise<void> = Promise.resolve();

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const next = running
      .then(() => {
        signal.throwIfAborted();
        return work();
      })
      .catch((error) => {
        throw signal.aborted ? new DeltaStreamError('stopped', 'the store is closed') : error;
      });
    running = next.catch(() => undefined);
    return next;
  };
  let waiting = false;
  const timer = setInterval(() => {
    if (waiting) return;
    waiting = true;
    inTurn(run)
      .catch((error) => {
        if (!signal.aborted) failed(error);
      })
      .finally(() => {
        waiting = false;
      });
  }, intervalMs).unref();

  return {
    inTurn,
    pause: (ms) => sleep(ms, undefined, { signal, ref: false }),
    signal,
    async close() {
      clearInterval(timer);
      closing.abort();
      await running;
    },
  };
}

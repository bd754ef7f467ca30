import { createBackoff } from '../backoff.ts';
import { type ConnectionCounts, type ConnectionReport, createStateKeeper } from '../connection-state.ts';
import { endingOf } from '../failures/failure.ts';
import type { ConnectionPorts } from '../ports.ts';

export interface RequestLoopOptions {
  /** For logs and status: `kite open-interest`. */
  readonly name: string;
  readonly kind: 'list' | 'poll';
  /**
   * One request. `signal` aborts when its time is over and at the end. Resolves with the number of instruments it was about; with
   * 0 there was nothing to ask for.
   */
  readonly run: (signal: AbortSignal, counts: ConnectionCounts) => Promise<number>;
  /** Between the beginnings of two requests, ms. */
  readonly intervalMs: number;
  /** How long the next request may wait after one that went well, where that is shorter: until an instant of the day, ms. */
  readonly dueInMs?: () => number;
  /** In words, what is used instead where a request fails; null: there is nothing, and the state says so. */
  readonly standIn?: () => string | null;
  /** The same for one that was asked for with `soon`. */
  readonly leastIntervalMs: number;
  /** Longest time of one request, ms. */
  readonly deadlineMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

/** A request that is made again and again, whatever becomes of it: nothing is thrown and nothing rejects. */
export interface RequestLoop {
  start(): void;
  /** Asks for the next request earlier than by the interval. */
  soon(): void;
  report(): ConnectionReport;
  /** Aborts a running request; waits for none. */
  close(): void;
}

/** With nothing to ask for, it looks so often whether there is. */
const IDLE_MS = 250;

export function createRequestLoop(loop: RequestLoopOptions, ports: ConnectionPorts): RequestLoop {
  const { clock } = ports;
  const keeper = createStateKeeper(loop, ports);
  const { counts } = keeper;
  const backoff = createBackoff(loop, ports.random);
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let about = 0;
  let begunAt = Number.NEGATIVE_INFINITY;
  let running = false;
  let hasFailed = false;
  let wantedSoon = false;

  async function once(): Promise<void> {
    running = true;
    wantedSoon = false;
    begunAt = clock.monotonicMs();
    const request = new AbortController();
    const end = () => request.abort();
    stopping.signal.addEventListener('abort', end, { once: true });
    const late = Promise.withResolvers<never>();
    const deadline = setTimeout(() => {
      late.reject(new Error(`no answer within ${loop.deadlineMs} ms`));
      request.abort();
    }, loop.deadlineMs);
    let waitMs: number;
    try {
      about = await Promise.race([loop.run(request.signal, counts), late.promise]);
      if (about > 0) {
        counts.connects++;
        hasFailed = false;
        backoff.reset();
        keeper.enter('live');
      }
      waitMs =
        about > 0
          ? Math.min(
              remaining(loop.intervalMs),
              Math.max(loop.dueInMs?.() ?? Number.POSITIVE_INFINITY, remaining(loop.leastIntervalMs)),
            )
          : IDLE_MS;
    } catch (error) {
      waitMs = failed(error);
    } finally {
      clearTimeout(deadline);
      stopping.signal.removeEventListener('abort', end);
      request.abort();
      running = false;
    }
    next(wantedSoon ? Math.min(waitMs, remaining(loop.leastIntervalMs)) : waitMs);
  }

  const remaining = (intervalMs: number) => Math.max(0, begunAt + intervalMs - clock.monotonicMs());

  function failed(error: unknown): number {
    if (stopping.signal.aborted) return 0;
    counts.connects++;
    const { reason, credentials = false, retryAfterMs = 0 } = endingOf(error);
    hasFailed = true;
    const instead = credentials ? null : (loop.standIn?.() ?? null);
    if (instead === null) {
      if (keeper.state() === 'live') counts.gaps++;
      keeper.enter(credentials ? 'refused' : 'waiting', reason);
    } else keeper.enter('live', `${instead}: ${reason}`);
    wantedSoon = false;
    const waitMs = backoff.next(credentials ? Math.max(retryAfterMs, loop.lastRetryMs) : retryAfterMs);
    return Math.max(waitMs, remaining(loop.leastIntervalMs));
  }

  function next(afterMs: number): void {
    clearTimeout(timer);
    if (!stopping.signal.aborted) timer = setTimeout(() => void once(), afterMs);
  }

  return {
    start: () => next(0),
    soon() {
      wantedSoon = true;
      // After a failure the wait is the backoff's.
      if (!running && !hasFailed && keeper.state() === 'live') next(remaining(loop.leastIntervalMs));
    },
    report: () => keeper.report(about, keeper.state() === 'live' ? about : 0),
    close() {
      stopping.abort();
      clearTimeout(timer);
      keeper.enter('closed');
    },
  };
}

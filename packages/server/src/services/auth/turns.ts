import { DeltaStreamError } from '../../kit/errors.ts';

export interface Turns {
  /** Runs `work` when it is its turn, first come first served; rejects with `unavailable` or `stopped`. */
  take<T>(work: () => Promise<T>): Promise<T>;
  waiting(): number;
  /** Rejects what waits with `stopped`; resolves when what runs has ended; idempotent. */
  stop(): Promise<void>;
}

export interface TurnsOptions {
  /** Works at a time. */
  readonly concurrency: number;
  /** Works that may wait; beyond it the caller gets `unavailable`. */
  readonly maxWaiting: number;
}

const RETRY_AFTER_SECONDS = 1;

/** A bounded semaphore for work that is too heavy to run as often as it is asked for. */
export function createTurns({ concurrency, maxWaiting }: TurnsOptions): Turns {
  const waiting: { start(): void; refuse(error: DeltaStreamError): void }[] = [];
  const running = new Set<Promise<void>>();
  let stopped = false;

  const run = <T>(work: () => Promise<T>): Promise<T> => {
    const result = work();
    const ended = result.then(ignore, ignore).then(() => {
      running.delete(ended);
      waiting.shift()?.start();
    });
    running.add(ended);
    return result;
  };

  return {
    async take(work) {
      if (stopped) throw stopping();
      if (running.size < concurrency) return run(work);
      if (waiting.length >= maxWaiting) {
        throw new DeltaStreamError('unavailable', 'too many passwords are being checked', {
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        });
      }
      return new Promise((resolve, reject) => {
        waiting.push({ start: () => resolve(run(work)), refuse: reject });
      });
    },
    waiting: () => waiting.length,
    async stop() {
      stopped = true;
      for (const each of waiting.splice(0)) each.refuse(stopping());
      await Promise.all(running);
    },
  };
}

const ignore = () => undefined;
const stopping = () => new DeltaStreamError('stopped', 'the auth service is stopping');

import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../../../kit/errors.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import type { SupervisedThread } from '../../supervised-thread.ts';
import type { RebuildRequest } from '../messages.ts';

export interface RebuildingOptions {
  readonly writer: Pick<SupervisedThread, 'ask'>;
  readonly rebuildWaitMs: number;
  readonly rebuildPercent: number;
  /** True while the writer has more to do than it can: the rebuild waits. */
  readonly isBehind: () => boolean;
  readonly logger?: Logger;
}

/** Has the writer compute what main.db lost again, step by step, so that puts come in between. */
export interface Rebuilding {
  /** Begins, unless it is under way; resolves when all is done or the wait of a start is over. */
  begin(): Promise<void>;
  isRunning(): boolean;
  close(): Promise<void>;
}

const BEHIND_MS = 20; // How often it is looked whether the writer has caught up.
const RETRY_MS = 1_000; // After a failure, such as a full disk, which takes longer to be mended.

export function createRebuilding(options: RebuildingOptions): Rebuilding {
  const { writer, rebuildWaitMs, rebuildPercent, isBehind, logger } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const request: RebuildRequest = { kind: 'rebuild' };
  let running: Promise<void> | null = null;

  /** Whether there is more; a failure, as of a writer that is being started again, is tried again. */
  const step = async (): Promise<boolean> => {
    try {
      return (await writer.ask(request)) as boolean;
    } catch (error) {
      if (signal.aborted) return false;
      logger?.event('rebuild_waiting', { reason: reasonOf(error) });
      await sleep(RETRY_MS, undefined, { signal, ref: false });
      return true;
    }
  };

  const run = async (begun: number): Promise<void> => {
    logger?.event('rebuild_started');
    for (;;) {
      while (isBehind()) await sleep(BEHIND_MS, undefined, { signal, ref: false });
      const stepBegun = performance.now();
      if (!(await step())) break;
      signal.throwIfAborted();
      const now = performance.now();
      if (now - begun < rebuildWaitMs || rebuildPercent === 100) continue;
      await sleep((now - stepBegun) * (100 / rebuildPercent - 1), undefined, { signal, ref: false });
    }
    logger?.event('rebuild_completed', { seconds: (performance.now() - begun) / 1000 });
  };

  return {
    async begin() {
      running ??= run(performance.now())
        .catch((error) => {
          if (!signal.aborted) logger?.event('rebuild_failed', { reason: reasonOf(error) });
        })
        .finally(() => {
          running = null;
        });
      const waited = new AbortController();
      await Promise.race([
        running,
        sleep(rebuildWaitMs, undefined, { signal: waited.signal, ref: false }),
      ]).catch(() => undefined);
      waited.abort();
    },
    isRunning: () => running !== null,
    async close() {
      closing.abort();
      await running;
    },
  };
}

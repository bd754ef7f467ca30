import { setTimeout as sleep } from 'node:timers/promises';
import { DeltaStreamError, reasonOf } from '../../../../kit/errors.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import type { SqliteStoreSettings } from '../../settings.ts';
import type { SupervisedThread } from '../../supervised-thread.ts';
import type { RolledUp, RollUpRequest } from '../messages.ts';

export interface RollerOptions {
  readonly folder: string;
  readonly settings: Pick<
    SqliteStoreSettings,
    'keepSummaries' | 'keepMinutes' | 'rollCheckMs' | 'rollQuietMs' | 'rollPercent'
  >;
  readonly writer: Pick<SupervisedThread, 'ask'>;
  /** True while the writer has more to do than it can: rolling up waits. */
  readonly isBehind: () => boolean;
  readonly logger?: Logger;
}

/** Has the writer roll figures up, and remove those that are kept no longer, in small parts between its commits. */
export interface Roller {
  /** Rolls up all that is stored, the hours under way included. */
  rollUpAll(): Promise<void>;
  /** Ends what is under way; idempotent. */
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;
/** How long a commit waits for a part at most, about. */
const BUDGET_MS = 5;
/** How often it is looked whether the writer has caught up. */
const BEHIND_MS = 20;

export function createRoller({ folder, settings, writer, isBehind, logger }: RollerOptions): Roller {
  const closing = new AbortController();
  const logged = new Set<string>();
  let running: Promise<void> = Promise.resolve();

  const pause = (ms: number) => sleep(ms, undefined, { signal: closing.signal, ref: false });

  /** The UTC day that begins so many days before the present one; null where all is kept. */
  const before = (days: number, nowMs: number): number | null =>
    days === 0 ? null : Math.floor(nowMs / DAY_MS) * DAY_MS - days * DAY_MS;

  const roll = async (quietMs: number, percent: number): Promise<void> => {
    for (;;) {
      closing.signal.throwIfAborted();
      while (isBehind()) await pause(BEHIND_MS);
      const begun = performance.now();
      const nowMs = Date.now();
      const request: RollUpRequest = {
        kind: 'rollUp',
        budgetMs: BUDGET_MS,
        nowMs,
        quietMs,
        folder,
        rowsBeforeMs: before(settings.keepSummaries, nowMs),
        minutesBeforeMs: before(settings.keepMinutes, nowMs),
      };
      const { more, problems } = (await writer.ask(request)) as RolledUp;
      for (const reason of problems) {
        if (!logged.has(reason)) logger?.error({ reason }, 'figures cannot be rolled up');
        logged.add(reason);
      }
      if (!more) return;
      if (percent < 100) await pause((performance.now() - begun) * (100 / percent - 1));
    }
  };

  /** One run after another. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const run = running.then(work).catch((error) => {
      throw closing.signal.aborted ? new DeltaStreamError('stopped', 'the store is closed') : error;
    });
    running = run.catch(() => undefined);
    return run;
  };
  let waiting = false;
  const timer = setInterval(() => {
    if (waiting) return;
    waiting = true;
    inTurn(() => roll(settings.rollQuietMs, settings.rollPercent))
      .catch((error) => {
        // The store's own state says what is wrong with it.
        if (!closing.signal.aborted) logger?.warn({ reason: reasonOf(error) }, 'figures are not rolled up');
      })
      .finally(() => {
        waiting = false;
      });
  }, settings.rollCheckMs).unref();

  return {
    rollUpAll: () => inTurn(() => roll(Number.NEGATIVE_INFINITY, 100)),
    async close() {
      clearInterval(timer);
      closing.abort();
      await running;
    },
  };
}

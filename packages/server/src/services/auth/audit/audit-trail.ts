import type { SecurityEvent } from '@deltastream/contracts';
import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { AuditStore } from '../../../ports/stores/audit/audit-store.ts';
import { type AuditEvent, linkEvents, markAs } from './audit-chain.ts';

/** Security events on their way to the store. */
export interface AuditTrail {
  /** Never blocks and never throws; what is lost because the store is away for too long is counted, and told by an event. */
  add(event: SecurityEvent, details: Readonly<Record<string, unknown>>): void;
  /** Resolves when what was added before is durable, or the store has failed: then it is tried again. */
  settled(): Promise<void>;
  /** Why events wait; null when none does. */
  problem(): string | null;
  readonly counts: { appended: number; lost: number };
  waiting(): number;
  /** Tries once more what waits; nothing is tried afterwards. */
  stop(): Promise<void>;
}

export interface AuditTrailOptions {
  readonly store: AuditStore;
  readonly key: Buffer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Events that may wait while the store is away. */
  readonly maxWaiting: number;
  /** After a failure. */
  readonly retryMs: number;
}

/** Events of one transaction: some 80 KB, which any store takes at once. */
export const EVENTS_AT_ONCE = 200;
const TRIES = 100; // Of a batch whose place other writers took: each try, one of them made progress.

/**
 * Appends events to the trail in order, at the place that is free then: writers at the same time take turns. Resolves
 * with how many there were; rejects as the store does, and then none or the first ones are appended.
 */
export async function appendEvents(
  store: AuditStore,
  key: Buffer,
  events: readonly AuditEvent[],
  onAppended: (count: number) => void = () => undefined,
): Promise<void> {
  let rest = events;
  for (let attempt = 0; rest.length > 0; attempt++) {
    if (attempt === TRIES) throw new Error('other processes write to the trail without a pause');
    const { newest } = await store.auditMarks();
    const batch = rest.slice(0, EVENTS_AT_ONCE);
    const begun = newest.seq === 0 ? [{ at: batch[0].at, event: 'audit_started', details: {} }] : [];
    const records = linkEvents(newest, [...begun, ...batch], key);
    const last = records[records.length - 1];
    const appended = await store.appendAudit(records, markAs('head', last, key));
    const taken = Math.max(0, appended - begun.length);
    onAppended(taken);
    rest = rest.slice(taken);
    if (appended > 0) attempt = 0;
  }
}

export function createAuditTrail(options: AuditTrailOptions): AuditTrail {
  const { store, key, clock, logger, maxWaiting, retryMs } = options;
  const counts = { appended: 0, lost: 0 };
  let waiting: AuditEvent[] = [];
  let added = 0;
  let lostUntold = 0;
  let failure: string | null = null;
  let writing: Promise<void> | null = null;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  /** Who waits for the first so many events. */
  let settling: { readonly upTo: number; readonly resolve: () => void }[] = [];

  const settle = () => {
    const done = failure === null ? added - waiting.length : added;
    for (const { upTo, resolve } of settling) if (upTo <= done) resolve();
    settling = settling.filter(({ upTo }) => upTo > done);
  };
  const writeOnce = async () => {
    const told = lostUntold;
    const lost = { at: clock.now(), event: 'audit_events_lost', details: { events: told } };
    let own = waiting.length;
    await appendEvents(store, key, told > 0 ? [...waiting, lost] : waiting.slice(), (count) => {
      const taken = Math.min(count, own);
      own -= taken;
      waiting = waiting.slice(taken);
      counts.appended += count;
      if (count > taken) lostUntold -= told;
      failure = null;
      settle();
    });
  };
  const write = async () => {
    while (waiting.length > 0) {
      try {
        await writeOnce();
      } catch (error) {
        if (failure === null) logger.event('audit_not_written', { reason: reasonOf(error) });
        failure = reasonOf(error);
        settle();
        if (!stopped) retry = setTimeout(start, retryMs);
        return;
      }
    }
  };
  const start = () => {
    clearTimeout(retry);
    writing ??= write().finally(() => {
      writing = null;
    });
  };

  return {
    counts,
    add(event, details) {
      if (waiting.length >= maxWaiting) {
        counts.lost += 1;
        lostUntold += 1;
        return;
      }
      waiting.push({ at: clock.now(), event, details });
      added += 1;
      // While the store is away one try at a time, at its pace.
      if (failure === null && !stopped) start();
    },
    settled: () =>
      new Promise((resolve) => {
        settling.push({ upTo: added, resolve });
        settle();
      }),
    problem: () => failure,
    waiting: () => waiting.length,
    async stop() {
      stopped = true;
      await writing;
      start();
      await writing;
    },
  };
}

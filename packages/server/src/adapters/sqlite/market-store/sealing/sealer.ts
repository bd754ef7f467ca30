import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Counter, Gauge, Registry } from 'prom-client';
import { reasonOf } from '../../../../kit/errors.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import type { RetentionClock } from '../../../../kit/retention-clock.ts';
import { createBackgroundRuns } from '../../../background-runs.ts';
import type { SupervisedThread } from '../../supervised-thread.ts';
import { dayOfDayFile, dayOfHotFile, endOfDay, hotFile } from '../files/files.ts';
import type { ReleaseRequest, RemoveRequest, SealRequest } from '../messages.ts';
import type { SealedDay } from './seal-day.ts';

export interface SealerSettings {
  readonly sealAfter: number;
  readonly keepSnapshots: number;
  readonly sealCheckMs: number;
  readonly sealQuietMs: number;
  readonly sealPercent: number;
}

export interface SealerOptions {
  readonly folder: string;
  readonly settings: SealerSettings;
  /** By it days are kept no longer. */
  readonly retention: RetentionClock;
  /** Starts the thread that seals; it is ended when no day is left to seal. */
  readonly start: () => Promise<SupervisedThread>;
  readonly writer: Pick<SupervisedThread, 'ask'>;
  /** True while the writer has more to do than it can: sealing waits. */
  readonly isBehind: () => boolean;
  readonly closeTimeoutMs: number;
  readonly logger?: Logger;
}

/** Seals days that are over, and removes those that are kept no longer, in the background. */
export interface Sealer {
  /** Seals every day that has a hot file, due or not; rejects with why one cannot be sealed. */
  sealAll(): Promise<void>;
  /** Why a day is not sealed although it is due. */
  problems(): readonly string[];
  readonly metrics: Registry;
  /** Ends what is under way, of which nothing is left; idempotent. */
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;
/** How often it is looked whether the writer has caught up. */
const BEHIND_MS = 20;

export function createSealer(options: SealerOptions): Sealer {
  const { folder, settings, retention, writer, isBehind, logger, closeTimeoutMs } = options;
  /** Days that could not be sealed: why, and the state of the hot file, for as long as that stays. */
  const failed = new Map<number, { readonly reason: string; readonly writtenAt: number }>();
  const { registry, sealed, failure } = createSealerMetrics(folder);
  let thread: SupervisedThread | null = null;

  const sealDay = async (sealing: SupervisedThread, day: number): Promise<void> => {
    const ask = (request: SealRequest) => sealing.ask(request);
    const begun = performance.now();
    while (isBehind()) await runs.pause(BEHIND_MS);
    await ask({ kind: 'begin', day });
    for (;;) {
      while (isBehind()) await runs.pause(BEHIND_MS);
      const stepBegun = performance.now();
      if (!(await ask({ kind: 'step' }))) break;
      const tookMs = performance.now() - stepBegun;
      if (settings.sealPercent < 100) await runs.pause(tookMs * (100 / settings.sealPercent - 1));
      runs.signal.throwIfAborted();
    }
    const result = (await ask({ kind: 'finish' })) as SealedDay;
    const { lastId, inode, ...totals } = result;
    const release: ReleaseRequest = { kind: 'release', day, lastId, inode };
    const released = await writer.ask(release);
    const seconds = (performance.now() - begun) / 1000;
    sealed(seconds, totals.quotes);
    const date = dateOf(day);
    logger?.event('day_sealed', { day: date, ...totals, seconds }, `the snapshots of ${date} are sealed`);
    if (!released) logger?.event('sealed_day_changed', { day: date });
  };

  const sealDays = async (days: readonly number[], stopAtFailure: boolean): Promise<void> => {
    if (days.length === 0) return;
    runs.signal.throwIfAborted();
    thread ??= await options.start();
    for (const day of days) {
      const at = writtenAt(folder, day);
      try {
        await sealDay(thread, day);
        failed.delete(day);
      } catch (error) {
        runs.signal.throwIfAborted();
        const reason = reasonOf(error);
        failure();
        failed.set(day, { reason: `${dateOf(day)} cannot be sealed: ${reason}`, writtenAt: at });
        logger?.event(
          'day_not_sealed',
          { day: dateOf(day), reason },
          `${dateOf(day)} cannot be sealed and stays as it is`,
        );
        if (stopAtFailure) throw error;
      }
    }
  };

  const endThread = async (): Promise<void> => {
    const ended = thread;
    thread = null;
    await ended?.close(closeTimeoutMs);
  };

  const isKept = (day: number): boolean =>
    settings.keepSnapshots === 0 || endOfDay(day) + settings.keepSnapshots * DAY_MS > retention.now();

  const removeOld = async (): Promise<void> => {
    for (const day of storedDays(folder).filter((each) => !isKept(each))) {
      const request: RemoveRequest = { kind: 'remove', day };
      await writer.ask(request);
      failed.delete(day);
      logger?.event('sealed_day_removed', { day: dateOf(day) });
    }
  };

  const isDue = (day: number, now: number): boolean => {
    if (!isKept(day) || endOfDay(day) + (settings.sealAfter / 24) * DAY_MS > now) return false;
    const at = writtenAt(folder, day);
    return now - at >= settings.sealQuietMs && failed.get(day)?.writtenAt !== at;
  };

  const check = async (): Promise<void> => {
    const now = Date.now();
    await removeOld();
    const due = settings.sealAfter > 0 ? hotDays(folder).filter((day) => isDue(day, now)) : [];
    if (due.length === 0) await endThread();
    else await sealDays(due, false);
  };

  const runs = createBackgroundRuns({
    intervalMs: settings.sealCheckMs,
    run: check,
    failed: (error) => logger?.event('sealing_failed', { reason: reasonOf(error) }),
  });

  return {
    sealAll: () => runs.inTurn(() => sealDays(hotDays(folder), true)),
    problems: () => [...failed.values()].map(({ reason }) => reason),
    metrics: registry,
    async close() {
      await runs.close();
      await endThread();
    },
  };
}

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

function hotDays(folder: string): number[] {
  return readdirSync(folder)
    .map(dayOfHotFile)
    .filter((day) => day !== null)
    .sort((a, b) => a - b);
}

/** Oldest first. */
function storedDays(folder: string): number[] {
  const names = readdirSync(folder);
  return [...new Set([...names.map(dayOfHotFile), ...names.map(dayOfDayFile)])]
    .filter((day) => day !== null)
    .sort((a, b) => a - b);
}

/** When the hot file of a day, or its log, was written to last. */
function writtenAt(folder: string, day: number): number {
  const file = hotFile(folder, day);
  return Math.max(
    ...[file, `${file}-wal`].map((each) => statSync(each, { throwIfNoEntry: false })?.mtimeMs ?? 0),
  );
}

/** What is kept, by kind of file, and how sealing goes. */
function createSealerMetrics(folder: string) {
  const registry = new Registry();
  const registers = [registry];
  const name = (what: string) => `deltastream_market_store_${what}`;
  new Gauge({
    name: name('bytes'),
    help: 'Bytes of the files of the market store with their logs, by kind: main, hot days, sealed days',
    labelNames: ['kind'] as const,
    registers,
    collect() {
      const bytes = { main: 0, hot: 0, sealed: 0 };
      for (const file of readdirSync(folder)) {
        const kind = /^(main|hot|day)\b.*\.db(-wal)?$/.exec(file)?.[1];
        if (kind === undefined) continue;
        const size = statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0;
        bytes[kind === 'day' ? 'sealed' : (kind as 'main' | 'hot')] += size;
      }
      for (const [kind, size] of Object.entries(bytes)) this.set({ kind }, size);
    },
  });
  new Gauge({
    name: name('sealed_days'),
    help: 'Days whose snapshots are sealed',
    registers,
    collect() {
      this.set(readdirSync(folder).filter((file) => dayOfDayFile(file) !== null).length);
    },
  });
  const seconds = new Gauge({
    name: name('last_seal_seconds'),
    help: 'Time that the last sealing of a day took, pauses included',
    registers,
  });
  const quotes = new Counter({
    name: name('sealed_quotes_total'),
    help: 'Quotes in the days that were sealed; those of a day that is sealed again count again',
    registers,
  });
  const failures = new Counter({
    name: name('seal_failures_total'),
    help: 'Days that could not be sealed; each is tried again once it is written to, and at a start',
    registers,
  });
  return {
    registry,
    sealed(took: number, count: number) {
      seconds.set(took);
      quotes.inc(count);
    },
    failure: () => failures.inc(),
  };
}

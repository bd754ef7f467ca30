import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ReconciledSession } from '@deltastream/contracts';
import { DAY_MS, dayNumber, tradingDate } from '@deltastream/reference';
import { Gauge, type Registry } from 'prom-client';
import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { type ValuesOf, withDefaults } from '../../../kit/settings-fragment.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { JobView, Queue, QueueWorker } from '../../../ports/queue.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import type { OpenRecording } from '../transfers/open-recording.ts';
import { storedClosings } from './closing-quotes.ts';
import { createFileDigests } from './file-digests.ts';
import { reconcile } from './reconcile.ts';
import { RECONCILIATION } from './reconciliation-settings.ts';

export type ReconciliationSettings = Partial<ValuesOf<typeof RECONCILIATION.own>>;

export interface NightlyPorts {
  readonly queue: Queue;
  readonly store: MarketReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly openRecording: OpenRecording;
  /** Where the shares are published as a metric. */
  readonly metrics: Registry;
}

/** Compares what was stored of each session with the exchange's report of it, as soon as that is there. */
export interface NightlyReconciliation {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Newest session first. */
  sessions(): Promise<ReconciledSession[]>;
  /** Names of the reports that are due and not there. */
  awaited(): Promise<string[]>;
}

const RECONCILE_JOB = 'reconcile';
const DUE_JOB = 'reconcile-due';
const LISTED = 100;
/** Sessions of a product that the metric shows: it has a series for each. */
const MEASURED_SESSIONS = 5;
/** A report may be late, or this process away for as long: over a long weekend. */
const DUE_DAYS = 5;
const NOTHING = new Uint8Array();

/** What a job is to compare. */
interface Report {
  readonly file: string;
  /** Digest of its bytes when it was found. */
  readonly content: string;
}

/** What a job says of its report when it is done. */
interface Done {
  readonly sessions: readonly ReconciledSession[];
}

/** Null without `reconcileBhavcopy`: then nothing is looked for. */
export function createNightlyReconciliation(
  { queue, store, clock, logger, openRecording, metrics }: NightlyPorts,
  settings: ReconciliationSettings,
): NightlyReconciliation | null {
  const {
    reconcileBhavcopy: patterns,
    reconcileTime,
    intervalMs,
    settledAfterMs,
  } = withDefaults(RECONCILIATION.defaults, settings);
  if (!patterns) return null;
  const stopping = new AbortController();
  const workers: QueueWorker[] = [];

  const due = (): string[] => {
    const days = Array.from({ length: DUE_DAYS }, (_, back) => clock.now() - back * DAY_MS);
    const dates = new Set(days.map((nowMs) => dueSession(nowMs, reconcileTime)));
    return [...dates].flatMap((date) => patterns.map((pattern) => reportFile(pattern, date)));
  };
  const settledFile = async (file: string): Promise<Stats | null> => {
    const found = await stat(file).catch(() => null);
    const isSettled = found?.isFile() === true && Date.now() - found.mtimeMs >= settledAfterMs;
    return isSettled ? found : null;
  };
  const reports = async () => (await queue.jobs(RECONCILE_JOB, LISTED)).map(reportOf);
  const digests = createFileDigests();

  /** Null for a file that cannot be read, which keeps no other from being compared. */
  const contentOf = async (file: string, found: Stats): Promise<string | null> => {
    try {
      return await digests.of(file, found);
    } catch (error) {
      logger.event('report_unreadable', { report: basename(file), reason: reasonOf(error) });
      return null;
    }
  };

  /** By content: a report that was replaced is compared again, and one that has two names once. */
  const lookForReports = async (): Promise<void> => {
    const compared = new Set((await reports()).map(({ content }) => content));
    for (const file of due()) {
      const found = await settledFile(file);
      if (found === null) continue;
      const content = await contentOf(file, found);
      if (content === null || compared.has(content)) continue;
      compared.add(content);
      const payload = new TextEncoder().encode(JSON.stringify({ file, content } satisfies Report));
      await queue.add(RECONCILE_JOB, payload, { key: content, keep: true });
    }
  };

  const run = async (file: string, report: (progress: object) => Promise<void>): Promise<void> => {
    const source = await openRecording(file, stopping.signal, {});
    const { sessions, productsNotStored, rejected } = await reconcile(source, storedClosings(store));
    await report({ sessions } satisfies Done);
    for (const session of sessions) logger.event('session_reconciled', { ...session });
    logger.event('report_compared', {
      report: basename(file),
      sessions: sessions.length,
      productsNotStored,
      rejected,
    });
  };

  /** Of a report that was replaced what the newest said. */
  const sessions = async (): Promise<ReconciledSession[]> => {
    const newest = new Map<string, ReconciledSession>();
    for (const { state, progress } of await queue.jobs(RECONCILE_JOB, LISTED)) {
      for (const each of (state === 'done' && (progress as Done | null)?.sessions) || []) {
        const key = `${each.product} ${each.session} ${each.report}`;
        if (!newest.has(key)) newest.set(key, each);
      }
    }
    return [...newest.values()].sort((a, b) => order(b.session, a.session) || order(a.product, b.product));
  };

  new Gauge({
    name: 'deltastream_reconciled_share',
    help: "Contracts whose stored close equals the exchange's end-of-day report, as a share, by product and session",
    labelNames: ['product', 'session'] as const,
    registers: [metrics],
    async collect() {
      // Without the queue the other metrics are wanted all the more.
      const all = await sessions().catch(() => null);
      if (all === null) return;
      this.reset();
      const newest = new Set([...new Set(all.map(({ session }) => session))].slice(0, MEASURED_SESSIONS));
      for (const { product, session, reconciled_share: share } of all) {
        if (share !== null && newest.has(session)) this.set({ product, session }, share);
      }
    },
  });

  return {
    async start() {
      workers.push(await queue.process(DUE_JOB, lookForReports));
      workers.push(
        await queue.process(RECONCILE_JOB, ({ payload }, report) => run(reportOf({ payload }).file, report)),
      );
      await queue.schedule(DUE_JOB, DUE_JOB, NOTHING, intervalMs);
      await queue.add(DUE_JOB, NOTHING, { key: DUE_JOB });
    },
    async stop() {
      stopping.abort();
      await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    },
    sessions,
    async awaited() {
      const begun = new Set((await reports()).map(({ file }) => file));
      const missing: string[] = [];
      for (const file of due())
        if (!begun.has(file) && (await settledFile(file)) === null) missing.push(basename(file));
      return missing;
    },
  };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A job of an earlier release has the path of its file alone. */
function reportOf({ payload }: Pick<JobView, 'payload'>): Report {
  const text = new TextDecoder().decode(payload);
  return text.startsWith('{') ? (JSON.parse(text) as Report) : { file: text, content: '' };
}

/** The reports that are read are India's, whose exchanges keep one calendar. */
const EXCHANGE = 'NSE';

/** Date of the newest session whose report is looked for by now; `time` is 'HH:MM' of the UTC day. */
export function dueSession(nowMs: number, time: string): string {
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS + minutes * 60_000;
  return tradingDate(EXCHANGE, today <= nowMs ? today : today - DAY_MS);
}

/** The file of a date: {YYYY}, {MM}, {MON} (as JAN) and {DD} of the pattern are its parts. */
export function reportFile(pattern: string, date: string): string {
  const [year, month, day] = date.split('-');
  const name = new Date(dayNumber(date) * DAY_MS).toUTCString().slice(8, 11).toUpperCase();
  const parts: Readonly<Record<string, string>> = { YYYY: year, MM: month, MON: name, DD: day };
  return pattern.replaceAll(/\{(YYYY|MM|MON|DD)\}/g, (_whole, part: string) => parts[part]);
}

import { dirname, join } from 'node:path';
import { isoTime } from '@deltastream/contracts';
import { reasonOf } from '../../../kit/errors.ts';
import { readJsonFile, writeJsonFile } from '../../../kit/files/json-file.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { createRetentionClock, type RetentionClock } from '../../../kit/retention-clock.ts';
import type { Clock } from '../../../ports/clock.ts';
import { type AuditPlace, type AuditStore, TRAIL_BEGIN } from '../../../ports/stores/audit/audit-store.ts';
import { faultOf, markAs } from './audit-chain.ts';
import { type BrokenEvent, verifyTrail } from './verify-trail.ts';

export interface AuditUpkeepOptions {
  readonly store: AuditStore;
  readonly key: Buffer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the newest event is noted, beside the store: who cuts the trail's end off does not reach it. */
  readonly noteFile: string;
  readonly keepMs: number;
  readonly maxEvents: number;
}

export interface AuditUpkeep {
  /** Notes the newest event in the file and in the log, checks the next events, and removes those that are old enough. */
  run(): Promise<void>;
  /** What this process knows of the trail besides the store. */
  known(): Promise<AuditPlace[]>;
  /** The first event that is not as it was written; null while none is known. */
  broken(): BrokenEvent | null;
  /** Number of the event up to which the trail was checked last; 0 before. */
  checked(): number;
}

const DAY_MS = 86_400_000;
const CHECKED_AT_ONCE = 20_000; // Some 0.2 s of hashing in pieces of 5 ms; the next run goes on from there.
const REMOVED_AT_ONCE = 1_000; // Events of one transaction of a removal.

/** The events that were noted in a file of `noteFile`, none where there is none. */
export async function readNote(noteFile: string): Promise<AuditPlace[]> {
  const note = await readJsonFile<Partial<AuditPlace>>(noteFile);
  return Number.isInteger(note?.seq) && typeof note?.hash === 'string' ? [note as AuditPlace] : [];
}

export function createAuditUpkeep(options: AuditUpkeepOptions): AuditUpkeep {
  const { store, key, clock, logger, noteFile, keepMs, maxEvents } = options;
  let broken: BrokenEvent | null = null;
  let next: number | undefined;
  let checked = 0;
  let retention: RetentionClock | null = null;

  const check = async () => {
    const known = await readNote(noteFile);
    const result = await verifyTrail({ store, key, from: next, limit: CHECKED_AT_ONCE, known });
    checked = result.last ?? checked;
    next = result.next ?? undefined;
    if (result.broken === null) {
      // A fault stays one until a run has gone through all of the trail again without it.
      if (broken !== null && next === undefined && result.first !== null && result.first <= broken.seq)
        broken = null;
      return;
    }
    const { seq, fault } = result.broken;
    if (broken?.seq !== seq) logger.event('audit_trail_broken', { seq, fault });
    broken = result.broken;
  };

  const note = async () => {
    const { newest } = await store.auditMarks();
    const [noted = TRAIL_BEGIN] = await readNote(noteFile);
    if (newest.seq <= noted.seq) return;
    await writeJsonFile(noteFile, newest);
    logger.event('audit_noted', { seq: newest.seq, hash: newest.hash });
  };

  /** By the file beside the note, or else by the newest event of an earlier run. */
  const openRetention = async (): Promise<RetentionClock> => {
    const [last] = await store.auditBefore(null, 1);
    return createRetentionClock({
      ...{ keepMs, file: join(dirname(noteFile), 'audit-retention.json') },
      ...{ wallMs: clock.now, monotonicMs: clock.monotonicMs, newestMs: last?.at ?? null },
      onAhead: (aheadMs) =>
        logger.event('retention_clock_ahead', { ahead_days: Math.round(aheadMs / DAY_MS), of: 'audit' }),
    });
  };

  /** Old events go only as what they were written as: a trail that is broken is left for somebody to look at. */
  const removeOld = async () => {
    retention ??= await openRetention();
    const beforeMs = retention.now() - keepMs;
    for (;;) {
      const { anchor, head, newest } = await store.auditMarks();
      const begin = anchor ?? TRAIL_BEGIN;
      const page = await store.auditFrom(begin.seq + 1, REMOVED_AT_ONCE);
      let last: AuditPlace = begin;
      // One of a time that the clock had not come to is as old as what came after it.
      const lastOld = page.findLast(({ at }) => at < beforeMs)?.seq ?? 0;
      for (const record of page) {
        const isOld = record.seq <= lastOld || record.seq <= newest.seq - maxEvents;
        // The event of the head stays, and what comes after it: it says what the next one follows.
        if (!isOld || record.seq >= (head?.seq ?? 0) || faultOf(record, last, key) !== null) break;
        last = record;
      }
      if (last.seq === begin.seq) return;
      await store.removeAuditThrough(markAs('anchor', last, key));
      logger.event('audit_events_removed', { through: last.seq, before: isoTime(beforeMs) });
    }
  };

  return {
    async run() {
      try {
        await check();
        if (broken !== null) return;
        await note();
        await removeOld();
      } catch (error) {
        logger.event(
          'auth_upkeep_failed',
          { reason: reasonOf(error) },
          'the check of security events failed',
        );
      }
    },
    known: () => readNote(noteFile),
    broken: () => broken,
    checked: () => checked,
  };
}

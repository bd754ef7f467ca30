import { setImmediate as otherWork } from 'node:timers/promises';
import type { AuditFault } from '@deltastream/contracts';
import {
  type AuditMarks,
  type AuditPlace,
  type AuditRecord,
  type AuditStore,
  TRAIL_BEGIN,
} from '../../../ports/stores/audit/audit-store.ts';
import { faultOf, isMark } from './audit-chain.ts';
import { EVENTS_AT_ONCE } from './audit-trail.ts';

export interface VerifyOptions {
  readonly store: AuditStore;
  /** Without it events are checked by their hashes alone. */
  readonly key: Buffer | null;
  /** Number of the first event to look at; the oldest that is kept without. */
  readonly from?: number;
  /** At most so many. */
  readonly limit: number;
  /** Events that were seen before, and are known from elsewhere than the store. */
  readonly known?: readonly AuditPlace[];
}

export interface BrokenEvent {
  readonly seq: number;
  readonly fault: AuditFault;
  /** What the store has there; null where it has nothing. */
  readonly record: AuditRecord | null;
}

export interface AuditVerification {
  /** The first one that is not as it was written; null when all that were looked at are. */
  readonly broken: BrokenEvent | null;
  readonly checked: number;
  /** Numbers of the first and last event that are as they were written; null when none was looked at. */
  readonly first: number | null;
  readonly last: number | null;
  /** Where to go on; null at the end of the trail, or at a broken event. */
  readonly next: number | null;
  readonly marks: AuditMarks;
}

const PAGE = 500; // Events between which the event loop is left to requests: some 5 ms of hashing.

/**
 * Checks a part of the trail: that no event is missing, changed or in another's place, that it begins at its anchor and
 * ends at its head, and that it has what is known from elsewhere. Events that come meanwhile are no fault.
 */
export async function verifyTrail(options: VerifyOptions): Promise<AuditVerification> {
  const { store, key, limit } = options;
  const marks = await store.auditMarks();
  const { anchor, head } = marks;
  const begin: AuditPlace = anchor ?? TRAIL_BEGIN;
  const first = Math.max(options.from ?? 0, begin.seq + 1);
  let checked = 0;
  let last: AuditPlace = first === begin.seq + 1 ? begin : TRAIL_BEGIN;
  const result = (broken: BrokenEvent | null, next: number | null): AuditVerification => ({
    broken,
    checked,
    first: checked > 0 ? first : null,
    last: checked > 0 ? last.seq : null,
    next,
    marks,
  });
  const fault = (seq: number, fault: AuditFault, record: AuditRecord | null = null) =>
    result({ seq, fault, record }, null);

  if (key !== null) {
    if (anchor !== null && !isMark('anchor', anchor, key)) return fault(anchor.seq, 'forged_anchor');
    if (head !== null && !isMark('head', head, key)) return fault(head.seq, 'forged_head');
  }
  if (last.seq !== first - 1) {
    const [before] = await store.auditFrom(first - 1, 1);
    // Beyond the end there is nothing to check; within, an event is missing.
    if (before?.seq !== first - 1)
      return first > marks.newest.seq + 1 ? result(null, null) : fault(first - 1, 'missing');
    last = before;
  }

  const known = new Map<number, string>();
  for (const { seq, hash } of [...(options.known ?? []), ...(head === null ? [] : [head])]) {
    if (seq <= begin.seq) continue;
    // Two that differ about an event: the store's own mark is the one that was changed.
    if ((known.get(seq) ?? hash) !== hash) return fault(seq, 'replaced');
    known.set(seq, hash);
  }
  while (checked < limit) {
    const page = await store.auditFrom(last.seq + 1, Math.min(PAGE, limit - checked));
    for (const record of page) {
      const found = faultOf(record, last, key);
      if (found !== null) {
        if (found !== 'missing') return fault(record.seq, found, record);
        return (await removedSince(store, begin, last))
          ? verifyTrail(options)
          : fault(last.seq + 1, 'missing');
      }
      if ((known.get(record.seq) ?? record.hash) !== record.hash)
        return fault(record.seq, 'replaced', record);
      checked += 1;
      last = record;
    }
    if (page.length === 0) {
      const lost = [...known.keys()].some((seq) => seq > last.seq);
      if (!lost) return (await hasEnd(store, last)) ? result(null, null) : fault(last.seq, 'forged_head');
      return (await removedSince(store, begin, last)) ? verifyTrail(options) : fault(last.seq + 1, 'missing');
    }
    await otherWork();
  }
  return result(null, last.seq + 1);
}

/** Whether events were removed by their age while the trail was read. */
async function removedSince(store: AuditStore, begin: AuditPlace, last: AuditPlace): Promise<boolean> {
  const { anchor } = await store.auditMarks();
  return anchor !== null && anchor.seq > begin.seq && anchor.seq > last.seq;
}

/**
 * Whether the head says the end of a trail that was read up to `last`. One that was set back, or taken away, would let an end be
 * cut off, and new events be written where none is looked for. Only the first events may have none yet, in a store that sets
 * the head after them.
 */
async function hasEnd(store: AuditStore, last: AuditPlace): Promise<boolean> {
  const { anchor, head, newest } = await store.auditMarks();
  if (newest.seq < last.seq) return false;
  // With the one that says that the trail begins.
  return head !== null || (anchor === null && last.seq <= EVENTS_AT_ONCE + 1);
}

/**
 * The trail of security events. The writer makes the chain (services/auth/audit); the store gives it one order.
 *
 * Guarantees, for every adapter (audit-store.contract.ts):
 * - Events are numbered from 1 without a gap. Of writers at the same time, in whichever process, one takes a number.
 * - What was appended is durable when the call resolves, and no method changes it. It is removed by
 *   `removeAuditThrough` alone, from the oldest on, and the mark that it leaves says where the rest begins.
 */
export interface AuditStore {
  /** Where the trail begins and ends now. */
  auditMarks(): Promise<AuditMarks>;
  /**
   * If the newest event is the one before the first of these: appends them, and sets the head. Resolves with how many
   * were appended: all, none where another writer was first, or the first ones where one came between.
   */
  appendAudit(records: readonly AuditRecord[], head: AuditMark): Promise<number>;
  /** From this number on, ascending. */
  auditFrom(seq: number, limit: number): Promise<AuditRecord[]>;
  /** Before this number, or the newest for null; descending. */
  auditBefore(seq: number | null, limit: number): Promise<AuditRecord[]>;
  /** If the mark is later than the anchor: it becomes the anchor, and the events up to it are removed. */
  removeAuditThrough(anchor: AuditMark): Promise<void>;
}

/** A security event as it is stored. */
export interface AuditRecord {
  readonly seq: number;
  /** Of the form that is hashed. */
  readonly version: number;
  readonly at: number;
  readonly event: string;
  /** JSON text; it is hashed as it stands. */
  readonly details: string;
  /** SHA-256 of the event and of the hash before it, hex. */
  readonly hash: string;
  /** HMAC of the hash with a key that is not in the store, hex. */
  readonly mac: string;
}

/** An event by its number and hash; number 0, with an empty hash, is before the first. */
export interface AuditPlace {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditMark extends AuditPlace {
  /** HMAC of number and hash, hex. */
  readonly mac: string;
}

export interface AuditMarks {
  /** The last event that was removed because of its age; null where none was. */
  readonly anchor: AuditMark | null;
  /** The newest event that was appended; null where none was. A store without transactions may name an older one after a crash. */
  readonly head: AuditMark | null;
  /** What the next event follows. */
  readonly newest: AuditPlace;
}

/** Before the first event. */
export const TRAIL_BEGIN: AuditPlace = { seq: 0, hash: '' };

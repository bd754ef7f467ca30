import {
  type AuditFault,
  type getAuditVerification,
  isoTime,
  type listAuditEvents,
} from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { AuditPlace, AuditRecord, AuditStore } from '../../../ports/stores/audit/audit-store.ts';
import { type AuditVerification, type BrokenEvent, verifyTrail } from './verify-trail.ts';

export type AuditPage = Static<(typeof listAuditEvents.schema.response)[200]>;
export type VerificationView = Static<(typeof getAuditVerification.schema.response)[200]>;

/** What administrators are shown of the trail. */
export interface AuditView {
  /** Rejects with `invalid_request` for a cursor that no page gave. */
  list(query: { readonly limit?: number; readonly cursor?: string }): Promise<AuditPage>;
  verify(query: { readonly from?: number; readonly limit?: number }): Promise<VerificationView>;
}

export interface AuditViewOptions {
  readonly store: AuditStore;
  readonly key: Buffer;
  known(): Promise<AuditPlace[]>;
}

const DEFAULT_PAGE = 100;
const DEFAULT_CHECK = 10_000; // As in the contract.

export const createAuditView = ({ store, key, known }: AuditViewOptions): AuditView => ({
  async list({ limit = DEFAULT_PAGE, cursor }) {
    const read = await store.auditBefore(cursor === undefined ? null : seqOf(cursor), limit + 1);
    const page = read.slice(0, limit);
    const last = read.length > limit ? page.at(-1) : undefined;
    return { events: page.map(eventView), next_cursor: last === undefined ? null : cursorBefore(last.seq) };
  },
  verify: async ({ from, limit = DEFAULT_CHECK }) =>
    verificationView(await verifyTrail({ store, key, from, limit, known: await known() })),
});

const FAULTS: Readonly<Record<AuditFault, string>> = {
  missing: 'events are missing from here on: they were removed, or the end of the trail was cut off',
  changed: 'the event is not what was written, or not in its place',
  forged: 'the event was written by somebody without the key of the server, or under another key',
  unknown_version: 'the event is of a newer release, which is to verify it',
  replaced: 'another event was noted here when it was written: the trail was written anew',
  forged_anchor: 'where the trail begins was changed by somebody without the key: older events were removed',
  forged_head: 'where the trail ends was changed by somebody without the key: its end was cut off',
};

/** What was found, in a sentence. */
const faultText = ({ fault }: BrokenEvent): string => FAULTS[fault];

export function verificationView({
  broken,
  checked,
  first,
  last,
  next,
  marks,
}: AuditVerification): VerificationView {
  return {
    intact: broken === null,
    complete: broken === null && next === null,
    checked,
    first_seq: first,
    last_seq: last,
    next_from: next,
    removed_through: marks.anchor?.seq ?? null,
    newest_seq: marks.newest.seq,
    newest_hash: marks.newest.seq === 0 ? null : marks.newest.hash,
    broken:
      broken === null
        ? null
        : {
            seq: broken.seq,
            fault: broken.fault,
            reason: faultText(broken),
            timestamp: broken.record === null ? null : timeOf(broken.record),
            event: broken.record?.event ?? null,
          },
  };
}

const eventView = (record: AuditRecord): AuditPage['events'][number] => ({
  seq: record.seq,
  timestamp: timeOf(record),
  event: record.event,
  details: detailsOf(record),
  hash: record.hash,
});

/** What somebody put into the store by hand may have no time that can be written. */
const timeOf = ({ at }: AuditRecord): string => isoTime(Math.abs(at) <= LAST_DATE_MS ? at : 0);
const LAST_DATE_MS = 8.64e15; // Of a Date.

/** The same for details that are no JSON. */
function detailsOf({ details }: AuditRecord): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(details);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Shown as the text that it is.
  }
  return { text: details };
}

const cursorBefore = (seq: number): string => Buffer.from(String(seq)).toString('base64url');

function seqOf(cursor: string): number {
  const seq = Number(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (Number.isSafeInteger(seq) && seq > 0 && cursorBefore(seq) === cursor) return seq;
  throw new DeltaStreamError('invalid_request', 'cursor: is not one that an earlier response gave');
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { AuditFault } from '@deltastream/contracts';
import type { AuditMark, AuditPlace, AuditRecord } from '../../../ports/stores/audit/audit-store.ts';

/** A security event before it has its place in the trail. */
export interface AuditEvent {
  readonly at: number;
  readonly event: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Version of the form that is hashed. A change of the form takes the next one and keeps this, so that what is stored
 * stays verifiable.
 */
const VERSION = 1;

/** The next events of a trail, each bound to the one before. Details are stored as the JSON text that is hashed. */
export function linkEvents(after: AuditPlace, events: readonly AuditEvent[], key: Buffer): AuditRecord[] {
  const records: AuditRecord[] = [];
  let last = after;
  for (const { at, event, details } of events) {
    const place = { seq: last.seq + 1, version: VERSION, at, event, details: sortedJson(details) };
    const hash = hashOf(place, last.hash);
    const record = { ...place, hash, mac: macOf(key, 'event', hash) };
    records.push(record);
    last = record;
  }
  return records;
}

/** Number and hash, confirmed by the key. An anchor is not worth anything as a head, nor a head as an anchor. */
export const markAs = (kind: 'anchor' | 'head', { seq, hash }: AuditPlace, key: Buffer): AuditMark => ({
  seq,
  hash,
  mac: macOf(key, kind, `${seq} ${hash}`),
});

export const isMark = (kind: 'anchor' | 'head', mark: AuditMark, key: Buffer): boolean =>
  isEqual(mark.mac, markAs(kind, mark, key).mac);

type EventFault = Extract<AuditFault, 'missing' | 'changed' | 'forged' | 'unknown_version'>;

/**
 * Whether an event is the one that was written after the one before: null when it is. Without the key, what somebody
 * wrote who can compute hashes passes.
 */
export function faultOf(record: AuditRecord, before: AuditPlace, key: Buffer | null): EventFault | null {
  if (record.seq !== before.seq + 1) return 'missing';
  if (record.version !== VERSION) return 'unknown_version';
  if (record.hash !== hashOf(record, before.hash)) return 'changed';
  return key === null || isEqual(record.mac, macOf(key, 'event', record.hash)) ? null : 'forged';
}

/** A JSON array of a fixed order: no two events have the same text. */
function hashOf(record: Omit<AuditRecord, 'hash' | 'mac'>, previousHash: string): string {
  const { version, seq, at, event, details } = record;
  const text = JSON.stringify(['deltastream audit', version, seq, at, event, details, previousHash]);
  return createHash('sha256').update(text).digest('hex');
}

const macOf = (key: Buffer, kind: string, text: string): string =>
  createHmac('sha256', key).update(`${kind} ${text}`).digest('hex');

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** By name, so that the same event always has the same text; what is undefined is left out. */
const sortedJson = (details: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(details).toSorted(([a], [b]) => (a < b ? -1 : 1))));

import type { Client, ResponseOf, Routes } from '@deltastream/client';

export type Verification = ResponseOf<Routes['getAuditVerification']>;

/** Requests of one verification: 10,000 events each, years of a busy platform. */
const MAX_RANGES = 50;

/** Verifies the trail range by range, to its end or to the first event that is not as it was written. */
export async function verifyTrail(
  client: Pick<Client, 'getAuditVerification'>,
  signal: AbortSignal,
): Promise<Verification> {
  let found = await client.getAuditVerification({}, { signal });
  for (let ranges = 1; found.intact && found.next_from !== null && ranges < MAX_RANGES; ranges++) {
    const next = await client.getAuditVerification({ from: found.next_from }, { signal });
    found = { ...next, first_seq: found.first_seq, checked: found.checked + next.checked };
  }
  return found;
}

/** A sentence on the trail. */
export function trailText(found: Verification, instant: (iso: string) => string): string {
  const { broken, checked, first_seq, last_seq, newest_seq, removed_through } = found;
  if (broken !== null) {
    const when = broken.timestamp === null ? '' : ` of ${instant(broken.timestamp)}`;
    return `Event ${broken.seq}${when} is not as it was written: ${broken.reason}`;
  }
  if (checked === 0) return 'No event is in the trail yet.';
  const removed = removed_through === null ? '' : ` Events up to ${removed_through} were removed by age.`;
  const rest = found.complete ? '' : ` Those after it, up to ${newest_seq}, were not checked.`;
  return `Events ${first_seq} to ${last_seq} are as they were written.${rest}${removed}`;
}

import { expect, it } from 'vitest';
import { trailText, type Verification, verifyTrail } from './trail-state.ts';

const RANGE: Verification = {
  ...{ intact: true, complete: false, checked: 10, first_seq: 3, last_seq: 12, next_from: 13 },
  ...{ removed_through: 2, newest_seq: 20, newest_hash: null, broken: null },
};
const LAST: Verification = {
  ...RANGE,
  complete: true,
  checked: 8,
  first_seq: 13,
  last_seq: 20,
  next_from: null,
};
const BROKEN: Verification = {
  ...{ ...LAST, intact: false },
  broken: {
    ...{ seq: 15, fault: 'changed', reason: 'its text has another hash' },
    ...{ timestamp: '2026-07-01T10:00:00.000Z', event: 'user_registered' },
  },
};
const instant = (iso: string) => iso.slice(0, 10);

const asked = async (...found: Verification[]) => {
  const from: unknown[] = [];
  const getAuditVerification = async (request: unknown) => {
    from.push(request);
    return found[from.length - 1];
  };
  return { state: await verifyTrail({ getAuditVerification } as never, new AbortController().signal), from };
};

it('verifies range after range and says up to where the trail is sound', async () => {
  const { state, from } = await asked(RANGE, LAST);
  expect(from).toEqual([{}, { from: 13 }]);
  expect(trailText(state, instant)).toBe(
    'Events 3 to 20 are as they were written. Events up to 2 were removed by age.',
  );
});

it('names the first event that is not as it was written, and asks no further', async () => {
  const { state, from } = await asked({ ...BROKEN, next_from: 16 }, LAST);
  expect(from).toHaveLength(1);
  expect(trailText(state, instant)).toBe(
    'Event 15 of 2026-07-01 is not as it was written: its text has another hash',
  );
});

it('says what was not checked, and that nothing is kept', async () => {
  expect(trailText(RANGE, instant)).toContain('Those after it, up to 20, were not checked.');
  const empty = { ...LAST, checked: 0, first_seq: null, last_seq: null };
  expect(trailText(empty, instant)).toBe('No event is in the trail yet.');
});

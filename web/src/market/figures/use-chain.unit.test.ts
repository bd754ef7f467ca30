import { expect, it } from 'vitest';
import { newerOf, shownChain as shownOf } from './use-chain.ts';

const of = (timestamp: string) => ({ timestamp });
type Chain = ReturnType<typeof of> | null;
const shownChain = (
  live: Chain,
  followed: Chain,
  stored: Parameters<typeof shownOf<ReturnType<typeof of>>>[2],
) => shownOf(live, followed, stored, 'not refreshed');

it('says of a chain of another instant that it is not the one that was asked for', () => {
  const [before, live] = [of('2026-08-19T05:57:01.000Z'), of('2026-08-19T06:00:00.000Z')];
  const loads = { data: before, isPlaceholderData: true, error: null };
  expect(shownChain(null, null, loads)).toEqual({
    chain: before,
    live: false,
    error: null,
    stale: 'loading',
  });
  expect(shownChain(null, null, { ...loads, isPlaceholderData: false }).stale).toBeNull();
  expect(shownChain(null, null, { ...loads, data: null }).stale).toBeNull();
  const failed = { data: before, isPlaceholderData: false, error: new Error('away') };
  expect(shownChain(null, null, failed).stale).toBe('not refreshed');
  // Live, what is stored is of no importance; what was live before is not what is so now.
  expect(shownChain(null, live, loads)).toMatchObject({ chain: live, live: false, stale: 'not refreshed' });
  const stored = { data: live, isPlaceholderData: false, error: null };
  expect(shownChain(null, before, stored)).toMatchObject({ chain: live, live: false, stale: null });
  expect(shownChain(live, live, failed)).toEqual({ chain: live, live: true, error: null, stale: null });
});

it('shows the newer of what was live and what is stored while the connection is away', () => {
  const [early, late] = [of('2026-08-19T05:57:01.000Z'), of('2026-08-19T05:57:01.500Z')];
  expect(newerOf(early, late)).toBe(late);
  expect(newerOf(late, early)).toBe(late);
  expect(newerOf(null, early)).toBe(early);
  expect(newerOf(late, null)).toBe(late);
  expect(newerOf(null, null)).toBeNull();
});

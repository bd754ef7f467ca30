import { expect, it } from 'vitest';
import { newerOf } from './use-chain.ts';

const of = (timestamp: string) => ({ timestamp });

it('shows the newer of what was live and what is stored while the connection is away', () => {
  const [early, late] = [of('2026-08-19T05:57:01.000Z'), of('2026-08-19T05:57:01.500Z')];
  expect(newerOf(early, late)).toBe(late);
  expect(newerOf(late, early)).toBe(late);
  expect(newerOf(null, early)).toBe(early);
  expect(newerOf(late, null)).toBe(late);
  expect(newerOf(null, null)).toBeNull();
});

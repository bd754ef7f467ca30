import { expect, it } from 'vitest';
import type { StoredExpiry } from '../../../ports/stores/market/market-store.ts';
import { chooseExpiry } from './expiry-choice.ts';

const MINUTE_MS = 60_000;
const stored = (expiry: string, lastTimestamp: number, expiryAt = Number.POSITIVE_INFINITY) =>
  ({ expiry, lastTimestamp, expiryAt }) as StoredExpiry;
const choice = (expiries: StoredExpiry[], expiry?: string) =>
  chooseExpiry({ expiries: async () => expiries, products: async () => [] }, 'NIFTY', expiry, MINUTE_MS);

it('is the nearest expiry of which chains come, and any that is asked for', async () => {
  const expiries = [
    stored('2026-08-18', 10 * MINUTE_MS, 11 * MINUTE_MS),
    stored('2026-08-25', 18 * MINUTE_MS),
    stored('2026-09-01', 19 * MINUTE_MS),
    stored('2026-09-29', 20 * MINUTE_MS),
  ];
  expect(await choice(expiries)).toBe('2026-09-01');
  expect(await choice(expiries, '2026-08-25')).toBe('2026-08-25');
  await expect(choice(expiries, '2026-08-26')).rejects.toMatchObject({ code: 'unknown_expiry' });
  // All are over: the last one.
  expect(await choice(expiries.slice(0, 1).map((each) => ({ ...each, expiryAt: 0 })))).toBe('2026-08-18');
});

import { describe, expect, it } from 'vitest';
import { nearestExpiry, untilNextExpiry } from './nearest-expiry.ts';

describe('nearest expiry', () => {
  const at = (expiry: string, seen: string) => ({
    expiry,
    expiry_at: `${expiry}T10:00:00.000Z`,
    last_timestamp: `${seen}T09:00:00.000Z`,
  });
  it('is the first one open when the product was last seen', () => {
    const expiries = [
      at('2026-08-18', '2026-08-18'),
      at('2026-08-25', '2026-08-19'),
      at('2026-09-29', '2026-08-19'),
    ];
    expect(nearestExpiry(expiries, null)).toBe('2026-08-25');
    expect(nearestExpiry([at('2026-08-18', '2026-08-18')], null)).toBe('2026-08-18');
    expect(nearestExpiry([at('2026-08-18', '2026-08-20')], null)).toBe('2026-08-18');
    expect(nearestExpiry([], null)).toBeNull();
  });

  it('is none of which no chain has come for an hour while others of the product did, as in the services', () => {
    const seen = (expiry: string, time: string) => ({ ...at(expiry, '2026-08-19'), last_timestamp: time });
    const expiries = [
      seen('2026-08-25', '2026-08-19T07:59:59.000Z'),
      seen('2026-09-29', '2026-08-19T09:00:00.000Z'),
    ];
    expect(nearestExpiry(expiries, null)).toBe('2026-09-29');
    expect(nearestExpiry(expiries, '2026-08-19T08:30:00.000Z')).toBe('2026-08-25');
  });

  it('is that of the instant shown, though it has passed since', () => {
    const expiries = [at('2026-08-18', '2026-08-18'), at('2026-08-25', '2026-08-19')];
    expect(nearestExpiry(expiries, '2026-08-18T09:00:00.000Z')).toBe('2026-08-18');
    expect(nearestExpiry(expiries, '2026-08-18T10:00:01.000Z')).toBe('2026-08-25');
  });
});

it('looks expiries up again right after the next one has passed', () => {
  const stored = [{ expiry_at: '2026-08-18T10:00:00.000Z' }, { expiry_at: '2026-08-25T10:00:00.000Z' }];
  const now = Date.parse('2026-08-18T09:59:50.000Z');
  expect(untilNextExpiry(stored, now)).toBe(12_000);
  expect(untilNextExpiry(stored, now - 60_000)).toBe(30_000);
  expect(untilNextExpiry(stored, now + 60_000)).toBe(30_000);
});

import { describe, expect, it } from 'vitest';
import { askedUntil, marksOf } from './firing-marks.ts';

const firing = (rule: string, at: string, of: { product?: string; expiry?: string | null } = {}) => ({
  ...{ id: rule, seq: 1, rule_id: 'r1', rule, severity: 'warning', at, message: '', figures: {} },
  ...{ product: 'NIFTY', expiry: '2026-08-20', muted: false, ...of },
});
const FIRINGS = [
  firing('late', '2026-08-19T05:00:00.000Z'),
  firing('other expiry', '2026-08-19T04:30:00.000Z', { expiry: '2026-08-27' }),
  firing('of the product', '2026-08-19T04:20:00.000Z', { expiry: null }),
  firing('other product', '2026-08-19T04:10:00.000Z', { product: 'BANKNIFTY' }),
  firing('early', '2026-08-19T04:00:00.000Z'),
] as Parameters<typeof marksOf>[0];

const textsOf = (expiry: string | null, storedAt: string | null) =>
  marksOf(FIRINGS, { product: 'NIFTY', expiry, storedAt }).map(({ text }) => text);

describe('firings on a chart', () => {
  it('are those of its product, and of its expiry where it has one', () => {
    expect(textsOf(null, null)).toEqual(['late', 'other expiry', 'of the product', 'early']);
    expect(textsOf('2026-08-20', null)).toEqual(['late', 'of the product', 'early']);
  });

  it('are none that came after the instant that is shown', () => {
    expect(textsOf(null, '2026-08-19T04:20:00.000Z')).toEqual(['of the product', 'early']);
  });

  it('are asked for once for each hour of a replay', () => {
    expect(askedUntil(null)).toBeUndefined();
    expect(askedUntil('2026-08-19T04:20:00.000Z')).toBe('2026-08-19T05:00:00.000Z');
    expect(askedUntil('2026-08-19T05:00:00.000Z')).toBe('2026-08-19T06:00:00.000Z');
  });
});

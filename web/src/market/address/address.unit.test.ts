import { describe, expect, it } from 'vitest';
import { readAddress, writeAddress } from './address.ts';

const NOW_MS = Date.parse('2026-11-27T04:00:00Z');

describe('the address', () => {
  it('holds product, expiry and instant', () => {
    expect(readAddress('?product=NIFTY&expiry=2026-12-01&at=2026-11-27T09:15:00%2B05:30', NOW_MS)).toEqual({
      product: 'NIFTY',
      expiry: '2026-12-01',
      at: '2026-11-27T03:45:00.000Z',
    });
    expect(readAddress('', NOW_MS)).toEqual({ product: null, expiry: null, at: null });
  });

  it('is live when its instant is none', () => {
    expect(readAddress('?at=yesterday', NOW_MS).at).toBeNull();
  });

  it('is live when its instant is of the future, beyond what clocks differ by', () => {
    expect(readAddress('?at=2026-11-27T04:00:30Z', NOW_MS).at).toBe('2026-11-27T04:00:30.000Z');
    expect(readAddress('?at=2026-11-27T04:02:00Z', NOW_MS).at).toBeNull();
    expect(readAddress('?at=2027-11-27', NOW_MS).at).toBeNull();
  });

  it('changes what is named and keeps the rest', () => {
    const search = '?product=NIFTY&expiry=2026-12-01&window=15';
    expect(writeAddress(search, { product: 'BTC', expiry: null })).toBe('?product=BTC&window=15');
    expect(writeAddress('?at=2026-11-27T03:45:00.000Z', { at: null })).toBe('');
  });
});

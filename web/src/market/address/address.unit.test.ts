import { describe, expect, it } from 'vitest';
import { readAddress, writeAddress } from './address.ts';

describe('the address', () => {
  it('holds product, expiry and instant', () => {
    expect(readAddress('?product=NIFTY&expiry=2026-12-01&at=2026-11-27T09:15:00%2B05:30')).toEqual({
      product: 'NIFTY',
      expiry: '2026-12-01',
      at: '2026-11-27T03:45:00.000Z',
    });
    expect(readAddress('')).toEqual({ product: null, expiry: null, at: null });
  });

  it('is live when its instant is none', () => {
    expect(readAddress('?at=yesterday').at).toBeNull();
  });

  it('changes what is named and keeps the rest', () => {
    const search = '?product=NIFTY&expiry=2026-12-01&window=15';
    expect(writeAddress(search, { product: 'BTC', expiry: null })).toBe('?product=BTC&window=15');
    expect(writeAddress('?at=2026-11-27T03:45:00.000Z', { at: null })).toBe('');
  });
});

import { describe, expect, it } from 'vitest';
import { isMissed, listedAt, notHere } from './not-here.ts';

const of = (expiry: string, first: string, last: string) => ({
  expiry,
  expiry_at: `${expiry}T10:00:00.000Z`,
  first_timestamp: `${first}T04:00:00.000Z`,
  last_timestamp: `${last}T09:00:00.000Z`,
});
const OVER = of('2026-08-18', '2026-08-10', '2026-08-18');
const NEAR = of('2026-08-25', '2026-08-10', '2026-08-19');
const LATE = of('2026-09-29', '2026-08-19', '2026-08-19');
const STORED = [OVER, NEAR, LATE];

const known = (at: string | null = null) => ({
  products: ['NIFTY', 'BTC'],
  traded: new Set(['SPY']),
  stored: STORED,
  listed: listedAt(STORED, at),
});
const address = (product: string | null, expiry: string | null = null) => ({ product, expiry, at: null });

describe('what an address names', () => {
  it('is there, or is said not to be', () => {
    expect(notHere(address('NIFTY', '2026-08-25'), 'NIFTY', known())).toBeNull();
    expect(notHere(address(null), 'NIFTY', known())).toBeNull();
    expect(notHere(address('XYZ'), null, known())).toEqual({ kind: 'product', product: 'XYZ' });
    expect(notHere(address('NIFTY', '2030-01-01'), 'NIFTY', known())).toEqual({
      ...{ kind: 'expiry', product: 'NIFTY', expiry: '2030-01-01', last: null },
    });
  });

  it('is not missing while lists are not known, or a product has a price and is not stored yet', () => {
    expect(notHere(address('XYZ'), null, { ...known(), products: [] })).toBeNull();
    expect(notHere(address('SPY'), null, known())).toBeNull();
    expect(
      notHere(address('NIFTY', '2030-01-01'), 'NIFTY', { ...known(), stored: [], listed: [] }),
    ).toBeNull();
  });

  it('is not listed at every instant: an expiry that is over says when its last snapshot was', () => {
    const over = notHere(address('NIFTY', '2026-08-18'), 'NIFTY', known());
    expect(over).toMatchObject({ kind: 'expiry', last: OVER.last_timestamp });
    const then = known('2026-08-18T05:00:00.000Z');
    expect(notHere(address('NIFTY', '2026-08-18'), 'NIFTY', then)).toBeNull();
    expect(notHere(address('NIFTY', '2026-09-29'), 'NIFTY', then)).toMatchObject({ kind: 'expiry' });
  });
});

it('lists all expiries where every one is over', () => {
  expect(listedAt([OVER], '2026-08-20T00:00:00.000Z')).toEqual([OVER]);
  expect(listedAt([], null)).toEqual([]);
});

it('misses a chosen expiry where another is shown in its place, until one is chosen or it is listed again', () => {
  const left = { product: 'NIFTY', expiry: OVER.expiry };
  const is = (expiry: string | null, shown: string, at: string | null) =>
    isMissed(left, { expiry }, shown, listedAt(STORED, at));
  expect(is(null, 'NIFTY', null)).toBe(true);
  expect(is(LATE.expiry, 'NIFTY', null)).toBe(false);
  expect(is(null, 'BTC', null)).toBe(false);
  expect(is(null, 'NIFTY', '2026-08-17T05:00:00.000Z')).toBe(false);
});

import { describe, expect, it } from 'vitest';
import { mostActive } from './use-default-product.ts';

const of = (product: string, openInterest: number | null, volume: number | null) => ({
  ...{ product, openInterest, volume },
});

describe('the most active product', () => {
  it('has the most open interest, not the first letter', () => {
    expect(mostActive([of('A', 10, 900), of('B', 20, 1), of('C', null, 999)])).toBe('B');
  });

  it('is told by volume where no open interest is given', () => {
    expect(mostActive([of('A', null, null), of('B', null, 5), of('C', null, 9)])).toBe('C');
  });

  it('is the first when nothing is known, and none of none', () => {
    expect(mostActive([of('A', null, null), of('B', null, null)])).toBe('A');
    expect(mostActive([])).toBeNull();
  });
});

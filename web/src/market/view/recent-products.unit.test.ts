import { describe, expect, it } from 'vitest';
import { findProducts, readRecent, withRecent } from './recent-products.ts';

const PRODUCTS = [
  { product: 'BANKNIFTY', name: 'Nifty Bank' },
  { product: 'BTC', name: 'Bitcoin' },
  { product: 'NIFTY', name: 'Nifty 50' },
  { product: 'SPY', name: 'SPDR S&P 500 ETF' },
];
const found = (typed: string, recent: readonly string[] = []) =>
  findProducts(PRODUCTS, typed, recent).map(({ product }) => product);

describe('products by what is typed', () => {
  it('lists all, the recent ones first', () => {
    expect(found('', ['SPY', 'BTC'])).toEqual(['SPY', 'BTC', 'BANKNIFTY', 'NIFTY']);
  });

  it('prefers a symbol that begins so over one that contains it, and knows names', () => {
    expect(found('nifty')).toEqual(['NIFTY', 'BANKNIFTY']);
    expect(found('nifty', ['BANKNIFTY'])).toEqual(['NIFTY', 'BANKNIFTY']);
    expect(found(' bitc')).toEqual(['BTC']);
    expect(found('xyz')).toEqual([]);
  });

  it('remembers what was chosen last, once', () => {
    expect(withRecent(['NIFTY', 'BTC'], 'BTC')).toEqual(['BTC', 'NIFTY']);
    expect(withRecent(['1', '2', '3', '4', '5', '6', '7', '8'], '9')).toHaveLength(8);
  });

  it.each([null, '', '{', 'null', '{}', '[1,null]'])('remembers nothing out of %s', (json) => {
    expect(readRecent(json)).toEqual([]);
  });
});

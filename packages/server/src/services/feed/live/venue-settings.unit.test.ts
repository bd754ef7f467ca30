import { describe, expect, it } from 'vitest';
import { expectedProducts, sourceKind } from '../source-settings.ts';
import { productsByVenue, VENUE_NAMES, VENUES, venuesOf } from './venue-settings.ts';

describe('the venues of a source', () => {
  it('are told from other sources', () => {
    expect(VENUE_NAMES.map((source) => sourceKind({ source }))).toEqual(VENUE_NAMES.map(() => 'live'));
    expect(['synthetic', 'none', 'replay:deribit'].map((source) => sourceKind({ source }))).toEqual([
      'synthetic',
      'none',
      'replay',
    ]);
    expect(venuesOf('deribit,deribit')).toEqual(['deribit']);
    expect(venuesOf('deribit,nowhere')).toBeNull();
    // A name of every object is no venue.
    expect(venuesOf('constructor')).toBeNull();
  });

  it('follow their own products where none are given', () => {
    expect(expectedProducts({ source: 'deribit' })).toEqual(VENUES.deribit.products);
  });

  it('follow what is given, each once', () => {
    expect([...productsByVenue(['deribit'], ['BTC', 'deribit:SOL_USDC', 'BTC'])]).toEqual([
      ['deribit', ['BTC', 'SOL_USDC']],
    ]);
  });

  it('get each product that only one of them lists', () => {
    const found = productsByVenue(['deribit', 'kite'], ['NIFTY', 'BTC', 'kite:RELIANCE']);
    expect(Object.fromEntries(found)).toEqual({ deribit: ['BTC'], kite: ['NIFTY', 'RELIANCE'] });
  });

  it.each([
    [['nowhere:BTC'], /"nowhere:BTC" is not VENUE:PRODUCT with a venue of --source/],
    [['deribit:'], /is not VENUE:PRODUCT/],
    [['deribit:BTC:x'], /is not VENUE:PRODUCT/],
    [['BTC', 'kite:BTC'], /BTC is given for deribit and for kite: a product is followed at one venue/],
    [['BTC'], /none of them is of kite: name one, or leave kite out of --source/],
    [['BTC', 'NIFTY', 'UNKNOWN'], /say deribit:UNKNOWN or kite:UNKNOWN/],
  ])('refuse %j', (products, problem) => {
    expect(() => productsByVenue(['deribit', 'kite'], products)).toThrow(problem);
  });
});

import { describe, expect, it } from 'vitest';
import { expectedProducts, sourceKind } from '../source-settings.ts';
import { openalgoUrlOf, productsByVenue, VENUE_NAMES, VENUES, venuesOf } from './venue-settings.ts';

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

  it('are told by the place of an OpenAlgo, too', () => {
    expect(venuesOf('deribit,openalgo://nas.lan')).toEqual(['deribit', 'openalgo']);
    const at = (source: string, openalgoUrl?: string) => openalgoUrlOf({ source, openalgoUrl });
    expect(at('deribit,openalgo://nas.lan')).toBe('http://nas.lan:5000');
    expect(at('openalgo://[::1]:8080')).toBe('http://[::1]:8080');
    expect(at('openalgo://[::1]')).toBe('http://[::1]:5000');
    expect(at('openalgo,deribit')).toBeUndefined();
    expect(at('openalgo', 'https://openalgo.example.com')).toBe('https://openalgo.example.com');
    expect(at('openalgo://nas.lan', 'http://nas.lan:5000/')).toBe('http://nas.lan:5000');
    const two = /more than one OpenAlgo, http:\/\/a:5000 and http:\/\/b:5000/;
    expect(() => at('openalgo://a,openalgo://b')).toThrow(two);
    expect(() => at('openalgo://a', 'http://b:5000')).toThrow(two);
    expect(() => at('openalgo://nas.lan:99999')).toThrow('http://nas.lan:99999 is no address');
    const places = [
      'openalgo://',
      'openalgo://:5000',
      'openalgo://user:key@host',
      'openalgo://host/path',
      'deribit://host',
    ];
    expect(places.map(venuesOf)).toEqual(places.map(() => null));
  });

  it('follow their own products where none are given', () => {
    expect(expectedProducts({ source: 'deribit' })).toEqual([
      ...VENUES.deribit.products,
      ...['BTC.DVOL', 'ETH.DVOL'],
    ]);
  });

  it('follow what is given, each once', () => {
    expect([...productsByVenue(['deribit'], ['BTC', 'deribit:SOL_USDC', 'BTC'])]).toEqual([
      ['deribit', ['BTC', 'SOL_USDC', 'BTC.DVOL']],
    ]);
  });

  it('get each product that only one of them lists', () => {
    const found = productsByVenue(['deribit', 'kite'], ['NIFTY', 'BTC', 'kite:RELIANCE']);
    expect(Object.fromEntries(found)).toEqual({ deribit: ['BTC', 'BTC.DVOL'], kite: ['NIFTY', 'RELIANCE'] });
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

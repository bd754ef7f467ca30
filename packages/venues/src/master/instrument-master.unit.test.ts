import { listedOn } from '@deltastream/reference';
import { describe, expect, it } from 'vitest';
import type { Instrument, OptionInstrument } from '../instrument.ts';
import { asKnownAt, contractsAt, newestList, withList } from './instrument-master.ts';

const DAY_MS = 86_400_000;
const T0 = Date.UTC(2026, 10, 2);
const EXPIRES_AT = Date.UTC(2026, 10, 24, 10);
const listing = { ...listedOn('NSE', 'RELIANCE'), priceTick: 0.05 };

const option = (id: number, more: Partial<OptionInstrument> = {}): OptionInstrument => ({
  ...{ kind: 'option', id, listing, expiry: '2026-11-24', expiresAt: EXPIRES_AT },
  ...{ strike: 1400, side: 'call', lotSize: 500, ...more },
});
/** What reference data says of options on Indian stocks. */
const STOCK = { priceTick: 0.05, delivery: 'physical', style: 'european', settlementCurrency: 'INR' };
const spot: Instrument = { kind: 'underlying', id: 1, listing };
const list = (asOf: number, ...instruments: Instrument[]) => ({ asOf, instruments, rejected: new Map() });

describe('what a venue lists in the course of time', () => {
  it('is the same contract after a corporate action, with both terms', () => {
    const first = withList(null, 'kite', list(T0, spot, option(7)));
    const split = withList(first, 'kite', list(T0 + DAY_MS, spot, option(7, { strike: 700, lotSize: 1000 })));
    expect(split.contracts).toHaveLength(2);
    const [before] = contractsAt(split, 'RELIANCE', T0 + DAY_MS - 1).filter(({ id }) => id === 7);
    const [after] = contractsAt(split, 'RELIANCE', T0 + DAY_MS).filter(({ id }) => id === 7);
    expect(before.terms).toEqual([{ from: T0, strike: 1400, lotSize: 500, multiplier: 500, ...STOCK }]);
    expect(after.terms).toEqual([
      { from: T0 + DAY_MS, strike: 700, lotSize: 1000, multiplier: 1000, ...STOCK },
    ]);
    expect(newestList(split, ['RELIANCE'], T0 + DAY_MS)?.instruments).toEqual([
      spot,
      option(7, { strike: 700, lotSize: 1000 }),
    ]);
  });

  it('keeps what is gone until when it was listed, and gives its id to another of another expiry', () => {
    const first = withList(null, 'kite', list(T0, option(7), option(8)));
    const later = { expiry: '2026-12-29', expiresAt: EXPIRES_AT + 35 * DAY_MS };
    const second = withList(first, 'kite', list(T0 + DAY_MS, option(8), option(7, later)));
    const at = (instant: number) =>
      contractsAt(second, 'RELIANCE', instant).map(({ id, expiry }) => [id, expiry]);
    expect(at(T0 - 1)).toEqual([]);
    expect(at(T0)).toEqual([
      [7, '2026-11-24'],
      [8, '2026-11-24'],
    ]);
    expect(at(T0 + DAY_MS)).toEqual([
      [8, '2026-11-24'],
      [7, '2026-12-29'],
    ]);
    expect(at(EXPIRES_AT)).toEqual([[7, '2026-12-29']]);
  });

  it('says how contracts settle as their venue does, else as reference data do, else not', () => {
    const settles = (each: OptionInstrument) => {
      const [{ multiplier, delivery, style, settlementCurrency }] = withList(null, 'x', list(T0, each))
        .contracts[0].terms;
      return [multiplier, delivery, style, settlementCurrency];
    };
    const btc = { listing: listedOn('DERIBIT', 'BTC'), lotSize: 1, multiplier: 1 };
    expect(settles(option(7, { ...btc, settlement: { currency: 'BTC' } }))).toEqual([
      1,
      'cash',
      'european',
      'BTC',
    ]);
    const nifty = option(7, { listing: listedOn('NSE', 'NIFTY'), expiry: '2026-12-29', lotSize: null });
    expect(settles(nifty)).toEqual([65, 'cash', 'european', 'INR']);
    const unlisted = option(7, { listing: listedOn('US', 'XSP'), lotSize: null, multiplier: 100 });
    const index = { delivery: 'cash', style: 'european' } as const;
    expect(settles({ ...unlisted, settlement: index })).toEqual([100, 'cash', 'european', 'USD']);
    expect(settles(option(7, { expiry: '2019-01-31', lotSize: null }))).toEqual([null, null, null, null]);
    expect(withList(null, 'x', list(T0, spot)).contracts[0].terms[0]).toMatchObject({
      ...{ multiplier: null, delivery: null, style: null, settlementCurrency: null },
    });
  });

  it('changes nothing by a list that is older, or of other products', () => {
    const first = withList(null, 'kite', list(T0, option(7)));
    expect(withList(first, 'kite', list(T0))).toBe(first);
    const other = { ...listing, symbol: 'TCS' };
    const both = withList(first, 'kite', list(T0 + 1, option(9, { listing: other })));
    expect(contractsAt(both, 'RELIANCE', T0 + 1)).toHaveLength(1);
  });

  it('is no list for a product that it does not know, or whose contracts have ceased', () => {
    const master = withList(null, 'kite', list(T0, option(7)));
    expect(newestList(master, ['RELIANCE', 'TCS'], T0)).toBeNull();
    expect(newestList(master, ['RELIANCE'], EXPIRES_AT)).toBeNull();
    expect(newestList(master, ['RELIANCE'], T0)).toEqual(list(T0, option(7)));
  });

  it('is a list for a coin whose volatility index was not followed yet when it was kept', () => {
    const listed = { ...listedOn('DERIBIT', 'BTC'), priceTick: 0.0001 };
    const kept = list(T0, option(7, { listing: listed }));
    const master = withList(null, 'deribit', kept);
    expect(newestList(master, ['BTC', 'BTC.DVOL'], T0)).toEqual(kept);
    expect(newestList(master, ['BTC.DVOL'], T0)).toBeNull();
  });

  it('takes lists again after a clock that was ahead', () => {
    const first = withList(null, 'kite', list(T0, option(7), option(8)));
    const ahead = withList(first, 'kite', list(T0 + 365 * DAY_MS, option(7, { lotSize: 600 }), option(9)));
    const now = T0 + DAY_MS;
    expect(withList(ahead, 'kite', list(now, option(7)))).toBe(ahead);
    const mended = withList(asKnownAt(ahead, now), 'kite', list(now, option(7), option(9)));
    expect(mended.asOf).toBe(now);
    expect(contractsAt(mended, 'RELIANCE', now).map(({ id, terms }) => [id, terms[0].lotSize])).toEqual([
      [7, 500],
      [9, 500],
    ]);
    expect(contractsAt(mended, 'RELIANCE', T0).map(({ id }) => id)).toEqual([7, 8]);
    expect(asKnownAt(first, T0)).toBe(first);
  });

  it('forgets contracts of the past beyond a bound, and none that is listed', () => {
    const many = Array.from({ length: 60_000 }, (_, i) => option(i));
    const others = Array.from({ length: 60_000 }, (_, i) => option(100_000 + i));
    const master = withList(withList(null, 'kite', list(T0, ...many)), 'kite', list(T0 + 1, ...others));
    expect(master.contracts).toHaveLength(100_000);
    expect(master.contracts.filter(({ endedAt }) => endedAt === null)).toHaveLength(60_000);
  });
});

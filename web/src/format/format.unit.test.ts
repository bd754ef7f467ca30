import { CONTRACT_FIGURES } from '@deltastream/client';
import { describe, expect, it } from 'vitest';
import { createFormat, inColumn, meaning, type NumberFormat, words } from './format.ts';

const western = createFormat('western', '+05:30');
const indian = createFormat('indian', '+05:30');

describe('format', () => {
  it('shows the digits a price needs', () => {
    expect([24013.3, 1, 0.05, 0.0125, 0.0005].map(western.price)).toEqual([
      '24,013.30',
      '1.00',
      '0.05',
      '0.0125',
      '0.0005',
    ]);
  });

  const column = (format: NumberFormat, ...values: readonly (number | null)[]) =>
    values.map((value) => value && inColumn(format, values)(value));

  it('shows the numbers of a column with one number of decimals, by their tick', () => {
    expect(column(western.price, 1234.5, 24.7, null, 0.05)).toEqual(['1,234.50', '24.70', null, '0.05']);
    // Mids between two ticks of 0.05.
    expect(column(western.price, 1234.5, 24.675, 0.075)).toEqual(['1,234.500', '24.675', '0.075']);
    expect(column(western.price, 12_345.5, 24.675)).toEqual(['12,345.50', '24.68']);
    expect(column(western.price, 0.0125, 0.2, 0.0005)).toEqual(['0.0125', '0.2000', '0.0005']);
    expect(column(western.price, 0.00025, 0.2)).toEqual(['0.00025', '0.20000']);
    // Computed ones have no tick, whatever the server rounded them to.
    expect(column(western.price, 612.3456, 640.345, 24_123.5)).toEqual(['612.35', '640.35', '24,123.50']);
    expect(column(western.price, 24123.456789, 7 / 3)).toEqual(['24,123.46', '2.33']);
    expect(column(western.figure.fraction, 0.123456, 0.5)).toEqual(['0.123', '0.500']);
    expect(column(western.strike, 100, 102.5)).toEqual(['100.0', '102.5']);
    expect(column(western.strike, 24_000, 24_050)).toEqual(['24,000', '24,050']);
  });

  it('shows sensitivities of a column by the greatest one, and none that is not 0 as 0', () => {
    const { greek } = western.figure;
    expect(column(greek, 0.98, -0.0078, 0.0003, -0.00002)).toEqual(['0.980', '−0.008', '<0.001', '>−0.001']);
    expect(column(greek, 0.00213, 0.00001)).toEqual(['0.00213', '0.00001']);
    expect(column(greek, -25.31, 3)).toEqual(['−25.31', '3.00']);
    expect(column(greek)).toEqual([]);
    const values = [0.5, 0.001];
    expect(inColumn(greek, values)).toBe(inColumn(greek, [0.6, 0.2]));
  });

  it('never shows a zero for what is none', () => {
    const { contracts, ratio, share } = western.figure;
    expect([ratio(0.0004), contracts(0.4), share(-0.0002)]).toEqual(['<0.001', '<1', '>−0.1%']);
    expect([western.change(0.004), western.price(0.00003)]).toEqual(['<+0.01', '<0.0001']);
    // What a sum of binary fractions leaves.
    expect([ratio(0.1 + 0.2 - 0.3), ratio(0), contracts(-0)]).toEqual(['0.000', '0.000', '0']);
  });

  it('groups by lakh and crore where the reader does', () => {
    expect(indian.figure.contracts(1234567.8)).toBe('12,34,568');
    expect(western.figure.contracts(1234567.8)).toBe('1,234,568');
    expect([250_000, 41_000_000, -250_000].map(indian.roughly)).toEqual([
      '2.5 lakh',
      '4.1 crore',
      '−2.5 lakh',
    ]);
    expect(western.roughly(41_000_000)).toBe('41M');
  });

  it('has a minus that is one, and no negative zero', () => {
    expect([0, -1e-10, -0.001, 0.000783].map(western.figure.greek)).toEqual([
      '0.00',
      '0',
      '−0.001',
      '0.00078',
    ]);
    expect(western.figure.greek(-0.25)).toBe('−0.25');
    expect([1.5, -1.5, 0].map(western.change)).toEqual(['+1.50', '−1.50', '0.00']);
    expect(western.figure.volatility(0.1234)).toBe('12.3%');
  });

  it('has the unit of what is a percentage, and no decimals that say nothing', () => {
    const { share, percentage, points } = western.figure;
    expect([share(0.967), percentage(8.786), percentage(-1.2), points(13.3319)]).toEqual([
      '96.7%',
      '8.8%',
      '−1.2%',
      '13.33',
    ]);
  });

  it('tells times of the exchange, with the date where it is another day', () => {
    const iso = '2026-08-19T05:57:01.000Z';
    expect(indian.timeOfDay(iso, new Date('2026-08-19T10:00:00Z'))).toBe('11:27:01');
    expect(indian.timeOfDay(iso, new Date('2026-08-20T10:00:00Z'))).toContain('19 Aug 2026');
    expect(createFormat('western', 'America/New_York').instant(iso)).toContain('01:57:01');
    expect(western.expiry('2026-08-25')).toBe('25 Aug 2026');
  });

  it('explains a figure in plain text, with a unit where it has one', () => {
    expect(meaning(CONTRACT_FIGURES.ask)).toBe('Best ask; quote currency per unit');
    expect(meaning(CONTRACT_FIGURES.price_source)).toBe('What price is: mid, last or mark');
    expect(words('long_buildup')).toBe('long build-up');
  });
});

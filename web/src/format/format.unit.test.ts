import { CONTRACT_FIGURES } from '@deltastream/client';
import { describe, expect, it } from 'vitest';
import { createFormat, meaning, words } from './format.ts';

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
    expect([0, -1e-9, -0.001, 0.000783].map(western.figure.greek)).toEqual([
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

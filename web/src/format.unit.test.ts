import { CONTRACT_FIGURES } from '@deltastream/client';
import { describe, expect, it } from 'vitest';
import { change, FORMATS, meaning, price, words } from './format.ts';

const digits = (text: string) => text.replace(/[^\d]/g, '');
const fraction = (text: string) => /\d+$/.exec(text)?.[0].length;

describe('format', () => {
  it('shows the digits a price needs', () => {
    expect([24013.3, 1, 0.05, 0.0125].map(price).map(fraction)).toEqual([2, 2, 2, 4]);
    expect(digits(price(0.0005))).toBe('00005');
  });

  it('shows no negative zero', () => {
    expect(FORMATS.greek(-0.001)).not.toContain('-');
    expect(FORMATS.greek(-0.25)).toMatch(/^[-−]/);
  });

  it('explains a figure in plain text, with a unit where it has one', () => {
    expect(meaning(CONTRACT_FIGURES.ask)).toBe('Best ask; quote currency per unit');
    expect(meaning(CONTRACT_FIGURES.price_source)).toBe('What price is: mid, last or mark');
  });

  it('signs a change and writes shares as percent', () => {
    expect(change(1.5)).toContain('+');
    expect(FORMATS.volatility(0.1234)).toMatch(/12.3/);
    expect(digits(FORMATS.contracts(1234567.8))).toBe('1234568');
    expect(words('long_buildup')).toBe('long build-up');
    expect(words('no_two_sided_quotes')).toBe('no two sided quotes');
  });
});

import { describe, expect, it } from 'vitest';
import { FIGURES, figureAddress } from './figure-address.ts';

describe('where a figure is shown', () => {
  it('is among the charts where it is kept over time, beside those that are there', () => {
    expect(figureAddress('atm_iv', 'product=BTC')).toBe('/charts?product=BTC&figures=atm_iv');
    expect(figureAddress('pcr_oi', 'figures=atm_iv')).toBe('/charts?figures=atm_iv%2Cpcr_oi');
    expect(figureAddress('atm_iv', 'figures=atm_iv%3Aoverlay')).toBe('/charts?figures=atm_iv%3Aoverlay');
  });

  it('is its own page otherwise', () => {
    expect(figureAddress('max_pain_ties', 'product=BTC')).toBe('/chain?product=BTC');
    expect(FIGURES.map(([name]) => name)).toEqual(expect.arrayContaining(['gex_net', 'max_pain_ties']));
  });
});

import type { ResponseOf, Routes } from '@deltastream/client';
import { describe, expect, it } from 'vitest';
import { createFormat } from '../../format/format.ts';
import type { Tokens } from '../../style/tokens.ts';
import { forecastGrid, qualityOf } from './forecast-grid.ts';
import { percentOrNone, type TermStructure, termOption, termTable } from './term-structure.ts';

const format = createFormat('western', 'UTC');

describe('a term structure', () => {
  it('has expiries, then constant maturities, in its table', () => {
    const expiry = { rr25: null, bf25: null, rr10: null, bf10: null, skew_slope: null };
    const data: TermStructure = {
      product: 'X',
      timestamp: '2026-11-27T10:00:00.000Z',
      count: 1,
      expiries: [
        {
          expiry: '2026-12-01',
          timestamp: '2026-11-27T10:00:00.000Z',
          year_fraction: 0.02,
          forward: null,
          atm_iv: 0.13,
          forward_iv: null,
          ...expiry,
        },
      ],
      outdated_expiries: [],
      constant_maturities: [{ days: 30, iv: null }],
      term_slope: null,
    };
    expect(termTable(data, format).rows).toEqual([
      ['2026-12-01', 7.3, null, 0.13, null],
      ['constant, 30 days', 30, null, null, null],
    ]);
  });

  it('draws of the previous close the expiries that are still listed', () => {
    const of = (...expiries: readonly (readonly [expiry: string, atm_iv: number])[]) =>
      ({
        expiries: expiries.map(([expiry, atm_iv]) => ({
          expiry,
          atm_iv,
          year_fraction: 0.1,
          forward_iv: null,
        })),
        constant_maturities: [],
      }) as unknown as TermStructure;
    const previousClose = of(['2026-11-24', 4.94], ['2026-12-01', 0.12]);
    const { series } = termOption(of(['2026-12-01', 0.13]), previousClose, format, {} as Tokens) as {
      series: { name: string; data: unknown }[];
    };
    expect(series.find(({ name }) => name === 'Previous close')?.data).toEqual([[36.5, 0.12]]);
  });

  it('reads one coordinate or both in its tooltip', () => {
    const read = percentOrNone(format.figure.volatility);
    expect([read([7, 0.1234]), read(0.1), read([7, null]), read(undefined)]).toEqual([
      '12.3%',
      '10.0%',
      '–',
      '–',
    ]);
  });

  it('says differences of volatility in points with their sign', () => {
    expect([-0.0431, 0.008, 0].map(format.volatilityPoints)).toEqual(['−4.31', '+0.80', '0.00']);
  });
});

describe('forecasts', () => {
  type Forecasts = ResponseOf<Routes['getForecast']>['forecasts'];
  const forecast = (
    model: 'har' | 'ewma',
    horizon: 1 | 5,
    volatility: number | null,
    qlike: number | null,
    last: number | null = 0.2,
  ): Forecasts[number] => ({
    model,
    horizon,
    volatility,
    qlike,
    qlike_of_last_value: last,
    r2: null,
    evaluations: 26,
  });
  const forecasts = [
    forecast('har', 5, null, null),
    forecast('har', 1, 0.15, 0.1),
    forecast('ewma', 1, 0.11, 0.3),
  ];

  it('stand by model over horizons, null where there is none', () => {
    expect(forecastGrid(forecasts)).toEqual({
      horizons: [1, 5],
      models: [
        { model: 'har', volatility: [0.15, null] },
        { model: 'ewma', volatility: [0.11, null] },
      ],
    });
  });

  it('are judged against the last value', () => {
    const { ratio } = format.figure;
    expect(qualityOf(forecasts, 1, ratio)).toBe(
      'least loss by HAR, QLIKE 0.100 in 26 forecasts, better than the last value (0.200)',
    );
    expect(qualityOf([forecast('har', 1, 0.1, 0.3)], 1, ratio)).toContain('worse than');
    expect(qualityOf(forecasts, 5, ratio)).toBe('not judged yet, too few sessions');
  });
});

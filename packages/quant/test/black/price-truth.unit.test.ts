import { describe, expect, test } from 'vitest';
import { black76Price, bsmGreeks, bsmPrice, type Side } from '../../src/index.ts';
import { dataText, parseTable } from '../reference-data.ts';

const LIMIT = 1e-13;
const GREEKS = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'] as const;
// The tables state time decay per year.
const PER_YEAR = { theta: 365, charm: 365 } as const;

const truth = dataText('reference/bsm_truth_mpmath_dev.csv');
const haug = dataText('reference/haug_tables_from_quantlib.json');
const testValues = dataText('reference/letsberational_TestValues.json');

describe('prices and greeks', () => {
  test.skipIf(truth === null)('agree with every row computed at 50 digits', () => {
    const rows = parseTable(truth ?? '');
    expect(rows.length).toBe(680);
    for (const row of rows) {
      const [spot, strike, yearFraction, rate, dividendYield, sigma] = [
        row.S,
        row.K,
        row.T,
        row.r,
        row.q,
        row.sigma,
      ].map(Number);
      const side: Side = row.type === 'c' ? 1 : -1;
      const option = { spot, strike, yearFraction, rate, dividendYield, sigma, side };
      const greeks = bsmGreeks(option);
      const decay = (greeks.vega * sigma) / (2 * yearFraction);
      const check = (name: string, value: number, scale = Math.abs(Number(row[name]))) => {
        const expected = Number(row[name]);
        // Below the normal range a double has no 1e-13 to give.
        if (Math.abs(expected) < 1e-290)
          expect(Math.abs(value), `${name} ${JSON.stringify(row)}`).toBeLessThan(1e-289);
        else
          expect(Math.abs(value - expected), `${name} ${JSON.stringify(row)}`).toBeLessThanOrEqual(
            LIMIT * scale,
          );
      };
      check('price', bsmPrice(option));
      for (const name of GREEKS) {
        const value = greeks[name] * (name === 'theta' || name === 'charm' ? PER_YEAR[name] : 1);
        const carry = Math.abs(rate * strike) + Math.abs(dividendYield * spot);
        check(name, value, name === 'theta' ? decay + carry : undefined);
      }
    }
  });

  test.skipIf(testValues === null)('agree with every LetsBeRational price', () => {
    const { input, output } = JSON.parse((testValues ?? '{}').replaceAll('NaN', 'null'));
    expect(input.length).toBe(1000);
    input.forEach((row: { q: Side; F: number; K: number; T: number; sigma: number }, i: number) => {
      const price = black76Price(row.F, row.K, row.T, row.sigma, 1, row.q);
      // The deepest prices of the table (1e-64) carry its own rounding of the exponent.
      const error = Math.abs(price - output[i].black);
      expect(error, JSON.stringify(row)).toBeLessThanOrEqual(LIMIT * output[i].black);
    });
  });

  test.skipIf(haug === null)("agree with Haug's tables to the digits printed", () => {
    const { european_values_haug: values, european_greeks_haug: sensitivities } = JSON.parse(
      haug ?? '{}',
    ).tables;
    const optionOf = (type: string, [strike, spot, q, r, t, vol]: number[]) => ({
      spot,
      strike,
      yearFraction: t,
      rate: r,
      dividendYield: q,
      sigma: vol,
      side: (type === 'call' ? 1 : -1) as Side,
    });
    expect(values.rows.length).toBe(43);
    for (const [type, ...numbers] of values.rows) {
      expect(
        Math.abs(bsmPrice(optionOf(type, numbers)) - numbers[6]),
        `${type} ${numbers}`,
      ).toBeLessThanOrEqual(1e-4);
    }
    expect(sensitivities.rows.length).toBe(11);
    for (const [greek, type, ...numbers] of sensitivities.rows) {
      const option = optionOf(type, numbers);
      const greeks = bsmGreeks(option);
      const published: Record<string, number> = {
        delta: greeks.delta,
        gamma: greeks.gamma,
        vega: greeks.vega,
        theta: greeks.theta * 365,
        'theta_per_day(1/365)': greeks.theta,
        rho: greeks.rho,
        elasticity: (greeks.delta * option.spot) / bsmPrice(option),
        dividendRho: -option.yearFraction * option.spot * greeks.delta,
      };
      expect(Math.abs(published[greek] - numbers[6]), `${greek} ${type}`).toBeLessThanOrEqual(1e-4);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { ENRICHED_COLUMNS } from '../../market/columns.ts';
import { createGreekModel, type SnapshotMarket } from './greek-model.ts';

const MARKET: SnapshotMarket = { forward: 100, yearFraction: 0.5, rate: 0.04 };
const STEP = 1e-5;

/** Of the five greeks of one call, hexadecimal. */
const BITS = {
  1: ['ef3e085cae74d43f', '0d9f899d9e76943f', 'e877e232362491bf', '1ca4d88ccbfa3840', '23f3c81f0cfcfabf'],
  2: ['243a085cae74d43f', '309b899d9e76943f', '8d74e232362491bf', '669fd88ccbfa3840', 'a2f6c81f0cfcfabf'],
};

describe.each([1, 2] as const)('model of greeks by %d evaluations', (evaluations) => {
  /** The model of one contract: the figures of a side, with these cells of columns; what is not named is not given. */
  function modelOf(
    cells: Partial<Record<(typeof ENRICHED_COLUMNS)[number], number>>,
    market: SnapshotMarket | null = MARKET,
  ) {
    const cellOf = (column: number) => Float64Array.of(cells[ENRICHED_COLUMNS[column]] ?? Number.NaN);
    const model = createGreekModel([market], cellOf, () => STEP, evaluations);
    return (name: (typeof ENRICHED_COLUMNS)[number]) => model(ENRICHED_COLUMNS.indexOf(name))?.[0];
  }

  it.each([
    // Strike, volatility, and of the call: premium, delta, vega, gamma; by erfc and log of Python.
    [110, 0.25, 3.373074089776234, 0.3196217938534585, 24.979673056876514, 0.019983738445501213],
    [80, 0.4, 22.625585162545697, 0.8075913858886993, 17.937253634515432, 0.008968626817257715],
  ])('is that of Black at strike %d', (strike, iv, price, delta, vega, gamma) => {
    const of = modelOf({ strike, call_iv: iv, put_iv: iv, call_last: price });
    expect(of('call_delta')).toBeCloseTo(delta, 12);
    expect(of('call_vega')).toBeCloseTo(vega, 10);
    expect(of('put_gamma')).toBeCloseTo(gamma, 13);
    expect(of('put_vega')).toBeCloseTo(vega, 10);
    expect(of('call_rho')).toBeCloseTo(-0.5 * price, 11);
    const discount = Math.exp(-0.02);
    expect(of('put_delta')).toBeCloseTo(delta - discount, 12);
  });

  it.each(['call_last', 'call_mark', 'put_last'] as const)(
    'takes the volatility from %s, where it rounds to the one kept',
    (name) => {
      const parity = name === 'put_last' ? Math.exp(-0.02) * 10 : 0;
      const exact = modelOf({ strike: 110, call_iv: 0.25 })('call_vega');
      const given = { strike: 110, [name]: 3.373074089776234 + parity };
      expect(modelOf({ ...given, call_iv: 0.250004 })('call_vega')).toBeCloseTo(Number(exact), 8);
      expect(modelOf({ ...given, call_iv: 0.25002 })('call_vega')).not.toBeCloseTo(Number(exact), 4);
    },
  );

  it('says nothing of other columns, and 0 where nothing is priced', () => {
    expect(modelOf({})('call_bid')).toBeUndefined();
    expect(modelOf({ strike: 110 })('call_delta')).toBe(0);
    expect(modelOf({ strike: 110, call_iv: 0.2 }, null)('call_delta')).toBe(0);
    expect(modelOf({ strike: 110, call_iv: 0.2 }, { ...MARKET, yearFraction: 0 })('call_delta')).toBe(0);
  });

  it('gives the same bits for good', () => {
    const of = modelOf({ strike: 110, call_iv: 0.25, call_last: 3.37307 });
    const bits = (['call_delta', 'call_gamma', 'call_theta', 'call_vega', 'call_rho'] as const).map((name) =>
      Buffer.from(Float64Array.of(Number(of(name))).buffer).toString('hex'),
    );
    expect(bits).toEqual(BITS[evaluations]);
  });
});

import { column, IV_STATUSES, type RawChain } from '@deltastream/contracts';
import { impliedVolatility } from '@deltastream/quant';
import { describe, expect, it } from 'vitest';
import { pricedChain } from './chain.fixture.ts';
import { createChainEnricher } from './enrich-chain.ts';

const enrich = createChainEnricher({ rate: 0 });
const status = (name: (typeof IV_STATUSES)[number]) => IV_STATUSES.indexOf(name);

/** A chain of last prices on a tick of 0.025 around a forward of 71.425, with the call of 62.5 exactly intrinsic. */
function intrinsicCall(): RawChain {
  const strikes = Array.from({ length: 12 }, (_, i) => 60 + 2.5 * i);
  const chain = pricedChain({ strikes, forward: 71.425, days: 44, sigma: () => 0.25, halfSpread: null });
  for (const side of ['call', 'put'] as const) {
    const last = column(chain.columns, `${side}_last`);
    last.set(last.map((price) => Math.max(1, Math.round(price * 40)) / 40));
  }
  column(chain.columns, 'call_last')[1] = 8.925;
  // The future, so that the forward is what the test says.
  return { ...chain, future: 71.425, spot: 71.4 };
}

describe('time value and the price tick', () => {
  it.each([
    ['the venue gives the tick', 0.025],
    ['the tick is inferred', null],
  ])('takes the twin of a call that is intrinsic, where %s', (_name, tick) => {
    const { columns, price_tick, quality } = enrich({ ...intrinsicCall(), price_tick: tick });
    expect(price_tick).toBe(0.025);
    expect(quality.includes('tick_inferred')).toBe(tick === null);
    expect(column(columns, 'call_iv_status')[1]).toBe(status('from_twin'));
    expect(column(columns, 'call_iv')[1]).toBe(column(columns, 'put_iv')[1]);
  });

  it.each([0.025, null])('has no volatility without a twin, tick %s', (tick) => {
    const chain = { ...intrinsicCall(), price_tick: tick };
    column(chain.columns, 'put_last')[1] = Number.NaN;
    const { columns } = enrich(chain);
    expect(column(columns, 'call_iv_status')[1]).toBe(status('no_time_value'));
    for (const figure of ['iv', 'delta', 'gamma', 'theta', 'vega', 'rho'] as const) {
      expect(column(columns, `call_${figure}`)[1]).toBeNaN();
    }
  });

  it.each([
    ['one tick above intrinsic', 8.95, 'no_time_value'],
    ['one tick below', 8.9, 'no_time_value'],
    ['two ticks above', 8.975, 'ok'],
    ['two ticks below', 8.875, 'below_intrinsic'],
  ] as const)('judges a price %s by the tick', (_name, price, expected) => {
    const chain = { ...intrinsicCall(), price_tick: 0.025 };
    column(chain.columns, 'call_last')[1] = price;
    column(chain.columns, 'put_last')[1] = Number.NaN;
    expect(column(enrich(chain).columns, 'call_iv_status')[1]).toBe(status(expected));
  });

  it('infers no tick from few prices, and then asks for more than the rounding of the arithmetic', () => {
    const chain = intrinsicCall();
    for (const side of ['call', 'put'] as const) column(chain.columns, `${side}_last`).fill(Number.NaN);
    column(chain.columns, 'call_last').set([11.45, 8.925, 6.95]);
    const { columns, price_tick, quality } = enrich({ ...chain, price_tick: null });
    expect(price_tick).toBeNull();
    expect(quality).not.toContain('tick_inferred');
    expect([...column(columns, 'call_iv_status').subarray(0, 3)]).toEqual(
      ['ok', 'no_time_value', 'ok'].map((name) => status(name as 'ok')),
    );
  });
});

describe('a last trade outside the quote', () => {
  /** The call of 23,000 was traded at 1,356.75 and is asked at 1,094.95, with no bid. */
  function contradicted(): RawChain {
    const chain = pricedChain();
    column(chain.columns, 'call_bid')[0] = Number.NaN;
    column(chain.columns, 'call_ask')[0] = 1094.95;
    column(chain.columns, 'call_last')[0] = 1356.75;
    return chain;
  }

  it('makes no price, volatility or build-up, and is named', () => {
    const { columns } = enrich(contradicted());
    expect(column(columns, 'call_iv_status')[0]).toBe(status('last_outside_quote'));
    expect(column(columns, 'call_iv')[0]).toBeNaN();
    expect(column(columns, 'call_delta')[0]).toBeNaN();
    expect(column(columns, 'call_buildup')[0]).toBeNaN();
  });

  it('makes no straddle and no forward', () => {
    const chain = pricedChain({ strikes: [23_900, 24_000, 24_100], halfSpread: null });
    const honest = enrich(chain).summary;
    for (let i = 0; i < 3; i++) {
      column(chain.columns, 'call_ask')[i] = column(chain.columns, 'call_last')[i];
      column(chain.columns, 'call_last')[i] += 300;
    }
    const { summary } = enrich({ ...chain, spot: null });
    expect(honest.forward_source).toBe('parity_last');
    expect(summary.forward).toBeNull();
    expect(enrich({ ...chain, spot: 24_000 }).summary).toMatchObject({
      forward: 24_000,
      forward_source: 'spot',
      atm_straddle_price: null,
      null_reasons: { atm_straddle_price: 'no_price_at_atm_strike' },
    });
  });

  it('leaves half a tick to a worthless contract that is asked at one tick', () => {
    const chain = pricedChain();
    const last = chain.columns.count - 1;
    column(chain.columns, 'call_bid')[last] = 0;
    column(chain.columns, 'call_ask')[last] = 0.05;
    column(chain.columns, 'call_last')[last] = 12;
    const { columns, summary } = enrich(chain);
    const strike = column(columns, 'strike')[last];
    const { iv } = impliedVolatility(0.025, summary.forward ?? 0, strike, summary.year_fraction, 1, 1);
    expect(column(columns, 'call_iv_status')[last]).toBe(status('ok'));
    expect(column(columns, 'call_iv')[last]).toBeCloseTo(iv, 5);
  });
});

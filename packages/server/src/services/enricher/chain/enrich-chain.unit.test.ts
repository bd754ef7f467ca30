import {
  BUILDUPS,
  column,
  createColumnMemory,
  createColumns,
  ENRICHED_COLUMNS,
  IV_STATUSES,
  MARKET_CHAINS,
  MAX_STRIKES,
  type RawChain,
  SIDES,
} from '@deltastream/contracts';
import { black76Greeks, black76HigherGreeks, IV_STATUS } from '@deltastream/quant';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pricedChain } from './chain.fixture.ts';
import { createChainEnricher } from './enrich-chain.ts';

const enrich = createChainEnricher({ rate: 0 });
const status = (name: (typeof IV_STATUSES)[number]) => IV_STATUSES.indexOf(name);

/** Payout to holders at every settlement, straight from the definition. */
function bruteForceMaxPain(chain: RawChain): number[] {
  const strikes = [...column(chain.columns, 'strike')];
  const call = column(chain.columns, 'call_open_interest');
  const put = column(chain.columns, 'put_open_interest');
  const pain = strikes.map((settle) =>
    strikes.reduce(
      (sum, strike, i) =>
        sum + (call[i] || 0) * Math.max(0, settle - strike) + (put[i] || 0) * Math.max(0, strike - settle),
      0,
    ),
  );
  const least = Math.min(...pain);
  return strikes.filter((_, i) => pain[i] === least);
}

const sum = (cells: Float64Array) => cells.reduce((total, cell) => total + (cell || 0), 0);

describe('enriching a chain', () => {
  it('is the same where the chains before it lay', () => {
    const strikes = (count: number) => Array.from({ length: count }, (_, i) => 24_000 + 50 * (i - count / 2));
    const gaps = pricedChain({ strikes: strikes(40), halfSpread: null });
    for (const row of [0, 7, 39]) column(gaps.columns, 'put_last')[row] = Number.NaN;
    const chains = [pricedChain(), gaps, pricedChain({ strikes: strikes(60), days: 0 }), pricedChain()];
    const [rawMemory, memory] = [createColumnMemory(), createColumnMemory()];
    const again = createChainEnricher({ rate: 0 }, memory);
    for (const chain of chains) {
      const frame = MARKET_CHAINS.frames.encode(chain);
      const { columns, ...enriched } = again(MARKET_CHAINS.frames.decode(frame, rawMemory));
      expect(columns).toBe(memory(columns.count, ENRICHED_COLUMNS.length));
      const { columns: fresh, ...expected } = enrich(MARKET_CHAINS.frames.decode(frame));
      expect(enriched).toEqual(expected);
      expect(columns.values).toEqual(fresh.values);
    }
  });

  it('uses the status codes of the solver', () => {
    for (const [name, code] of Object.entries(IV_STATUS)) expect(IV_STATUSES[code]).toBe(name);
  });

  it('gets back the volatility that the quotes were priced from, wherever there is time value', () => {
    const sigma = (strike: number) => 0.15 + ((strike - 24_000) / 24_000) ** 2;
    const chain = enrich(pricedChain({ sigma, halfSpread: 0.0001, tick: 0.0001 }));
    const strikes = column(chain.columns, 'strike');
    for (const side of ['call', 'put'] as const) {
      const iv = column(chain.columns, `${side}_iv`);
      for (let i = 0; i < strikes.length; i++) expect(iv[i]).toBeCloseTo(sigma(strikes[i]), 4);
    }
    expect(chain.summary.forward).toBeCloseTo(24_000, 6);
    expect(chain.summary.forward_source).toBe('parity');
    expect(chain.summary.atm_strike).toBe(24_000);
    expect(chain.summary.atm_iv).toBeCloseTo(0.15, 5);
    expect(chain.summary.expected_move).toBeCloseTo(24_000 * 0.15 * Math.sqrt(7 / 365), 1);
  });

  it('compares the volatility of the 25-delta call with that of the put', () => {
    const sigma = (strike: number) => 0.2 - (strike - 24_000) / 24_000;
    const { summary, columns } = enrich(pricedChain({ sigma, halfSpread: 0.0001, tick: 0.0001 }));
    const ivAt = (side: 'call' | 'put', target: number) => {
      const [deltas, ivs] = [column(columns, `${side}_delta`), column(columns, `${side}_iv`)];
      const above = deltas.findLastIndex((delta) => delta >= target);
      const weight = (deltas[above] - target) / (deltas[above] - deltas[above + 1]);
      return ivs[above] + weight * (ivs[above + 1] - ivs[above]);
    };
    expect(summary.rr25).toBeLessThan(-0.01);
    expect(summary.rr25).toBeCloseTo(ivAt('call', 0.25) - ivAt('put', -0.25), 12);
    const narrow = enrich(pricedChain({ strikes: [23_990, 24_000, 24_010] })).summary;
    expect(narrow).toMatchObject({ rr25: null, null_reasons: { rr25: 'no_iv_at_25_delta' } });
  });

  it('gives skew further out, and its slope at the forward', () => {
    const sigma = (strike: number) => 0.2 - Math.log(strike / 24_000);
    const strikes = Array.from({ length: 101 }, (_, i) => 21_500 + 50 * i);
    const { summary } = enrich(pricedChain({ strikes, sigma, halfSpread: 0.0001, tick: 0.0001 }));
    expect(summary.skew_slope).toBeCloseTo(-1, 2);
    expect(summary.rr10).toBeLessThan(summary.rr25 ?? 0);
    expect(summary.bf10).toBeGreaterThan(summary.bf25 ?? 0);
    expect(enrich(pricedChain({ strikes: [24_000] })).summary).toMatchObject({
      skew_slope: null,
      bf10: null,
      null_reasons: { skew_slope: 'no_iv_near_forward', bf10: 'no_iv_at_10_delta' },
    });
  });

  it('sums the exposures of dealers as they are defined', () => {
    const chain = enrich({ ...pricedChain({ sigma: (strike) => 0.15 + strike / 1e6 }), spot: 24_100 });
    const { summary, columns } = chain;
    const strikes = column(columns, 'strike');
    const years = summary.year_fraction;
    const totals = { gex: [0, 0], dex: [0, 0], vex: [0, 0], vanna_exposure: [0, 0], charm_exposure: [0, 0] };
    const netGamma = new Map<number, number>();
    const gammaAt = (level: number) => {
      let total = 0;
      for (const [side, sign] of [
        ['call', 1],
        ['put', -1],
      ] as const) {
        const oi = column(columns, `${side}_open_interest`);
        const iv = column(columns, `${side}_iv`);
        const forward = ((summary.forward ?? 0) * level) / 24_100;
        for (const [i, strike] of strikes.entries()) {
          total += sign * oi[i] * black76Greeks(forward, strike, years, iv[i], 1, sign).gamma * forward ** 2;
        }
      }
      return total;
    };
    for (const [side, sign] of [
      ['call', 1],
      ['put', -1],
    ] as const) {
      const cell = (name: 'open_interest' | 'iv' | 'delta' | 'gamma' | 'vega') =>
        column(columns, `${side}_${name}`);
      for (const [i, strike] of strikes.entries()) {
        const size = sign * cell('open_interest')[i] * 75;
        const higher = black76HigherGreeks(summary.forward ?? 0, strike, years, cell('iv')[i], 1, sign);
        const each = {
          gex: size * cell('gamma')[i] * 24_100 ** 2 * 0.01,
          dex: size * cell('delta')[i] * 24_100,
          vex: size * cell('vega')[i] * 0.01,
          vanna_exposure: size * higher.vanna * 24_100 * 0.01,
          charm_exposure: size * higher.charm * 24_100,
        };
        netGamma.set(strike, (netGamma.get(strike) ?? 0) + each.gex);
        for (const name of Object.keys(each) as (keyof typeof each)[]) {
          totals[name][0] += each[name];
          totals[name][1] += Math.abs(each[name]);
        }
      }
    }
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) {
      const [net, gross] = totals[name];
      expect(Math.abs((summary[`${name}_net`] ?? 0) - net)).toBeLessThan(1e-12 * gross);
      expect((summary[`${name}_gross`] ?? 0) / gross).toBeCloseTo(1, 12);
    }
    const ranked = [...netGamma].toSorted(([, a], [, b]) => b - a);
    expect(summary.call_wall_strike).toBe(ranked[0][0]);
    expect(summary.put_wall_strike).toBe(ranked.at(-1)?.[0]);
    const flip = summary.gamma_flip ?? 0;
    expect(gammaAt(flip * 0.995) * gammaAt(flip * 1.005)).toBeLessThan(0);
    expect(summary.coverage).toBe(1);
  });

  it('says why there are no exposures', () => {
    const priced = pricedChain();
    const reason = (chain: RawChain) => enrich(chain).summary.null_reasons.gex_net;
    expect(reason({ ...priced, lot_size: null })).toBe('lot_unknown');
    expect(reason({ ...priced, timestamp: priced.expiry_at })).toBe('expired');
    const without = pricedChain();
    for (const side of ['call', 'put'] as const) {
      column(without.columns, `${side}_open_interest`).fill(Number.NaN);
    }
    expect(reason(without)).toBe('not_given');
    const empty = { ...priced, spot: null, columns: createColumns(1, 'raw') };
    column(empty.columns, 'strike').fill(24_000);
    column(empty.columns, 'call_open_interest').fill(5);
    expect(enrich(empty).summary).toMatchObject({
      gex_net: null,
      coverage: null,
      null_reasons: { gex_net: 'no_forward', coverage: 'no_forward' },
    });
    for (const side of ['call', 'put'] as const) column(priced.columns, `${side}_open_interest`).fill(0);
    expect(enrich(priced).summary).toMatchObject({
      gex_net: 0,
      call_wall_strike: null,
      gamma_flip: null,
      null_reasons: { call_wall_strike: 'no_exposure', gamma_flip: 'no_crossing' },
    });
  });

  it('counts the strikes that have a price out of the money', () => {
    const chain = pricedChain({ strikes: [23_900, 24_000, 24_100, 24_200] });
    for (const name of ['call_bid', 'call_ask'] as const) column(chain.columns, name)[3] = Number.NaN;
    expect(enrich(chain).summary.coverage).toBe(0.75);
  });

  it('takes no forward from a spot that stands still in the closing auction', () => {
    const lonely = pricedChain({ strikes: [24_000], halfSpread: null });
    const at = (time: string, chain = lonely) =>
      enrich({ ...chain, timestamp: Date.parse(`2026-08-19T${time}+05:30`) });
    expect(at('15:14:00').summary).toMatchObject({ forward: 24_000, forward_source: 'spot' });
    const frozen = at('15:20:00');
    expect(frozen.quality).toContain('spot_frozen');
    expect(frozen.summary).toMatchObject({ forward: null, forward_source: null, spot_price: 24_000 });
    expect(at('15:20:00', { ...lonely, future: 24_010 }).summary).toMatchObject({
      forward: 24_010,
      forward_source: 'future',
    });
    expect(at('15:20:00', pricedChain()).summary.forward_source).toBe('parity');
    expect(at('15:35:00').quality).not.toContain('spot_frozen');
  });

  it('has no volatility once the settlement is known on the day of expiry', () => {
    const statuses = (chain: ReturnType<typeof enrich>) => new Set(column(chain.columns, 'call_iv_status'));
    const chain = { ...pricedChain(), spot: 24_020, expiry_at: Date.parse('2026-08-25T15:40:00+05:30') };
    const at = (time: string, expiry = '2026-08-25') =>
      enrich({ ...chain, expiry, timestamp: Date.parse(`2026-08-25T${time}+05:30`) });
    const known = at('15:36:00');
    expect(statuses(known)).toEqual(new Set([status('settlement_known')]));
    expect(known.summary).toMatchObject({ atm_iv: null, forward: 24_020, forward_source: 'spot' });
    expect(known.summary.null_reasons.atm_iv).toBe('settlement_known');
    expect(known.summary.year_fraction).toBeGreaterThan(0);
    expect(statuses(at('15:34:00'))).not.toContain(status('settlement_known'));
    expect(statuses(at('15:36:00', '2026-09-01')), 'another expiry').not.toContain(
      status('settlement_known'),
    );
    expect(at('15:40:00').summary.null_reasons.atm_iv).toBe('expired');
  });

  it('flags a chain whose day or expiry no calendar covers', () => {
    const chain = pricedChain();
    expect(enrich(chain).quality).not.toContain('calendar_unknown');
    expect(enrich({ ...chain, expiry: '2027-01-05' }).quality).toContain('calendar_unknown');
    const nextYear = { ...chain, timestamp: Date.parse('2027-01-04T11:00:00+05:30'), expiry: '2027-01-05' };
    expect(enrich(nextYear).quality).toContain('calendar_unknown');
    expect(enrich({ ...nextYear, product: 'BTC' }).quality).not.toContain('calendar_unknown');
  });

  it('says where the market stood, and what its quotes and open interest are from', () => {
    const of = (given: Partial<RawChain>) => enrich({ ...pricedChain(), ...given }).summary;
    const all = (value: unknown) => ({ quotes_as_of: value, open_interest_as_of: value });
    const now = '2026-08-19T06:00:00.000Z';
    expect(of({})).toMatchObject({ session_phase: 'continuous', ...all(now) });
    const evening = Date.parse('2026-08-19T20:00:00+05:30');
    expect(of({ timestamp: evening })).toMatchObject({
      session_phase: 'closed',
      ...all('2026-08-19T10:10:00.000Z'),
    });
    expect(of({ timestamp: evening, source: 'synthetic' })).toMatchObject({
      session_phase: 'continuous',
      ...all('2026-08-19T14:30:00.000Z'),
    });
    expect(of({ product: 'SPX', timestamp: Date.parse('2026-08-19T11:00:00-04:00') })).toMatchObject({
      quotes_as_of: '2026-08-19T15:00:00.000Z',
      open_interest_as_of: '2026-08-18T20:15:00.000Z',
    });
    const unknown = of({ product: 'NOPE' });
    expect(unknown).toMatchObject({ session_phase: null, ...all(null) });
    expect(unknown.null_reasons).toMatchObject({
      session_phase: 'no_reference_data',
      ...all('no_reference_data'),
    });
    const uncovered = of({ timestamp: Date.parse('2027-01-04T11:00:00+05:30') });
    expect(uncovered.null_reasons).toMatchObject({
      session_phase: 'calendar_unknown',
      ...all('calendar_unknown'),
    });
    const repeated = of({ quality: ['frozen'] });
    expect(repeated).toMatchObject({ session_phase: 'continuous', null_reasons: all('frozen') });
    const listed = pricedChain();
    column(listed.columns, 'strike').forEach((_, i) => {
      for (const side of SIDES) {
        for (const name of ['bid', 'ask', 'open_interest'] as const)
          column(listed.columns, `${side}_${name}`)[i] = Number.NaN;
      }
    });
    expect(enrich(listed).summary.null_reasons).toMatchObject({
      quotes_as_of: 'no_quotes',
      open_interest_as_of: 'not_given',
    });
  });

  it('publishes greeks of the priced volatility at the stated resolution', () => {
    const chain = enrich(pricedChain({ halfSpread: 0.0001, tick: 0.0001 }));
    const strikes = column(chain.columns, 'strike');
    for (let i = 0; i < strikes.length; i++) {
      const expected = black76Greeks(24_000, strikes[i], 7 / 365, 0.15, 1, 1);
      expect(column(chain.columns, 'call_delta')[i]).toBeCloseTo(expected.delta, 4);
      expect(column(chain.columns, 'call_gamma')[i]).toBeCloseTo(expected.gamma, 7);
      expect(column(chain.columns, 'call_theta')[i]).toBeCloseTo(expected.theta, 2);
      expect(column(chain.columns, 'call_vega')[i]).toBeCloseTo(expected.vega, -1);
    }
  });

  it('takes the twin volatility where time value is lost in the tick, and says so', () => {
    const chain = pricedChain({
      strikes: [20_000, 23_900, 24_000, 24_100, 28_000],
      sigma: () => 0.4,
      days: 2,
    });
    const deep = column(chain.columns, 'call_bid');
    deep[0] = 3999.9;
    column(chain.columns, 'call_ask')[0] = 3999.95;
    column(chain.columns, 'put_bid')[0] = 0.1;
    column(chain.columns, 'put_ask')[0] = 0.2;
    const out = enrich(chain);
    expect(column(out.columns, 'call_iv_status')[0]).toBe(status('from_twin'));
    expect(column(out.columns, 'call_iv')[0]).toBe(column(out.columns, 'put_iv')[0]);
    expect(column(out.columns, 'call_delta')[0]).toBeGreaterThan(0.99);
  });

  it('equals brute force for put-call ratios, totals and max pain (property)', () => {
    const counts = fc.array(fc.tuple(fc.nat(5000), fc.nat(5000)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(counts, counts, (openInterest, volume) => {
        const strikes = openInterest.map((_, i) => 23_000 + 50 * i);
        const chain = pricedChain({ strikes });
        for (let i = 0; i < strikes.length; i++) {
          const [callVolume, putVolume] = volume[i % volume.length];
          column(chain.columns, 'call_open_interest')[i] = openInterest[i][0];
          column(chain.columns, 'put_open_interest')[i] = openInterest[i][1];
          column(chain.columns, 'call_volume')[i] = callVolume;
          column(chain.columns, 'put_volume')[i] = putVolume;
        }
        const { summary } = enrich(chain);
        const calls = sum(column(chain.columns, 'call_open_interest'));
        const puts = sum(column(chain.columns, 'put_open_interest'));
        const callVolume = sum(column(chain.columns, 'call_volume'));
        expect(summary.total_call_oi).toBe(calls);
        expect(summary.total_put_oi).toBe(puts);
        expect(summary.pcr_oi).toBe(calls === 0 ? null : puts / calls);
        expect(summary.pcr_volume).toBe(
          callVolume === 0 ? null : sum(column(chain.columns, 'put_volume')) / callVolume,
        );
        const ties = calls + puts === 0 ? [] : bruteForceMaxPain(chain);
        expect(summary.max_pain_ties).toEqual(ties);
        expect(summary.max_pain_strike).toBe(ties[0] ?? null);
      }),
    );
  });

  it('classifies build-up by premium against the previous close and open interest change', () => {
    const chain = pricedChain({ strikes: [23_900, 24_000, 24_100, 24_200] });
    column(chain.columns, 'call_previous_close').set([1, 1, 9999, 9999]);
    column(chain.columns, 'call_open_interest_change').set([5, -5, 5, -5]);
    column(chain.columns, 'put_previous_close').fill(Number.NaN);
    const out = enrich(chain);
    const names = [...column(out.columns, 'call_buildup')].map((code) => BUILDUPS[code]);
    expect(names).toEqual(['long_buildup', 'short_covering', 'short_buildup', 'long_unwinding']);
    expect([...column(out.columns, 'put_buildup')].every(Number.isNaN)).toBe(true);
  });

  it('finds support at the largest put open interest and resistance at the largest call', () => {
    const chain = pricedChain({ strikes: [23_900, 24_000, 24_100] });
    column(chain.columns, 'put_open_interest').set([900, 100, 10]);
    column(chain.columns, 'call_open_interest').set([10, 100, 800]);
    expect(enrich(chain).summary).toMatchObject({ support_strike: 23_900, resistance_strike: 24_100 });
  });

  it('implies the forward from last trades where nothing is quoted, and from the spot at the very end', () => {
    const lasts = enrich(pricedChain({ forward: 24_060, halfSpread: null }));
    expect(lasts.summary.forward).toBeCloseTo(24_060, 6);
    expect(lasts.summary.forward_source).toBe('parity_last');
    expect(lasts.quality).toContain('no_two_sided_quotes');
    const bare = pricedChain({ halfSpread: null });
    column(bare.columns, 'put_last').fill(Number.NaN);
    expect(enrich(bare).summary).toMatchObject({ forward: 24_000, forward_source: 'spot' });
  });

  it('returns null with a reason, never 0, when there is nothing to compute from', () => {
    const chain = pricedChain({ strikes: [24_000] });
    chain.columns.values.fill(Number.NaN, 1);
    const { summary, columns, quality } = enrich({ ...chain, spot: null });
    expect(summary).toMatchObject({
      forward: null,
      pcr_oi: null,
      max_pain_strike: null,
      total_call_oi: null,
      atm_straddle_price: null,
      null_reasons: {
        forward: 'no_price_to_imply_it',
        pcr_oi: 'no_call_open_interest',
        spot_price: 'no_spot',
      },
    });
    expect(column(columns, 'call_iv_status')[0]).toBe(status('no_forward'));
    expect(quality).toContain('zero_spot');
  });

  it('flags a crossed quote and an expired chain, and keeps both', () => {
    const crossed = pricedChain();
    column(crossed.columns, 'call_bid')[3] = 5000;
    expect(enrich(crossed).quality).toContain('crossed');
    const expired = enrich(pricedChain({ days: 0 }));
    expect(expired.quality).toContain('expired');
    expect(expired.summary.year_fraction).toBe(0);
    expect(column(expired.columns, 'call_iv_status')[0]).toBe(status('expired'));
  });

  it('does not change its input and gives the same output twice', () => {
    const chain = pricedChain();
    const before = chain.columns.values.slice();
    const first = enrich(chain);
    expect(enrich(chain)).toEqual(first);
    expect(chain.columns.values).toEqual(before);
  });

  it.each([
    [
      'more strikes than are taken',
      (c: RawChain) => ({ ...c, columns: createColumns(MAX_STRIKES + 1, 'raw') }),
      /10001 strikes, at most 10000/,
    ],
    [
      'no strikes',
      (c: RawChain) => ({ ...c, columns: { count: 0, values: new Float64Array(0) } }),
      /no strikes/,
    ],
    ['a negative price', (c: RawChain) => poke(c, 'put_bid', 2, -5), /put_bid at strike 23100 is -5/],
    [
      'an infinite size',
      (c: RawChain) => poke(c, 'call_ask_size', 0, Infinity),
      /call_ask_size at strike 23000/,
    ],
    ['a NaN strike', (c: RawChain) => poke(c, 'strike', 4, Number.NaN), /strike NaN at row 4/],
    [
      'strikes out of order',
      (c: RawChain) => poke(c, 'strike', 4, 23_000),
      /strike 23000 at row 4 does not ascend/,
    ],
  ])('refuses %s for good, naming it', (_name, alter, message) => {
    expect(() => enrich(alter(pricedChain()))).toThrow(message);
    expect(() => enrich(alter(pricedChain()))).toThrow(
      expect.objectContaining({ code: 'malformed_message', permanent: true }),
    );
  });
});

function poke(chain: RawChain, name: Parameters<typeof column>[1], row: number, value: number): RawChain {
  column(chain.columns, name)[row] = value;
  return chain;
}

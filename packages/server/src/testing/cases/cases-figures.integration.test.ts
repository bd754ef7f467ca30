import {
  column,
  createColumns,
  type EnrichedChain,
  type RawChain,
  toChainView,
} from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { painCurve } from '../../services/analytics/positioning/pain-curve.ts';
import { createChainEnricher } from '../../services/enricher/chain/enrich-chain.ts';
import { caseFile, outcomeOf } from './cases.fixture.ts';

const enrich = createChainEnricher({ rate: 0 });

async function enrichedOf(path: string): Promise<EnrichedChain> {
  const { chains } = await outcomeOf(path);
  expect(chains).toHaveLength(1);
  return chains[0];
}

describe('reported cases: figures of a chain', () => {
  const above = caseFile('last-outside-quote', 'nse_last_above_ask.tar');

  it.skipIf(above.absent)('last-outside-quote: a last trade above the ask is no price', async () => {
    const { strikes, calls, puts } = toChainView(await enrichedOf(above.path));
    const at = strikes.indexOf(21_950);
    expect(calls[at]).toMatchObject({
      last_price: 1356.75,
      ask: 1094.95,
      bid: null,
      price: null,
      price_source: null,
      iv: null,
      iv_status: 'last_outside_quote',
      delta: null,
    });
    expect(puts[at]?.iv).toBeCloseTo(0.447, 3);
    expect(calls[at - 1]?.iv_status).toMatch(/^(ok|from_twin)$/);
  });

  const intrinsic = caseFile('iv-ok-from-rounding', 'NIFTY_04-09-2019_14:45.csv');

  it.skipIf(intrinsic.absent)('iv-ok-from-rounding: a put at intrinsic value has no volatility', async () => {
    const chain = await enrichedOf(intrinsic.path);
    const { strikes, puts, summary } = { ...toChainView(chain), summary: chain.summary };
    const put = puts[strikes.indexOf(12_100)];
    expect(put?.iv_status).not.toBe('ok');
    const { forward } = summary;
    if (forward === null) throw new Error('the chain of the case has a forward');
    for (const [side, sign] of [
      ['calls', 1],
      ['puts', -1],
    ] as const) {
      toChainView(chain)[side].forEach((contract, i) => {
        const intrinsicValue = sign * (forward - strikes[i]);
        if (contract?.iv_status !== 'ok' || intrinsicValue <= 0) return;
        expect((contract.price ?? 0) - intrinsicValue, `${side} ${strikes[i]}`).toBeGreaterThanOrEqual(0.05);
      });
    }
  });

  const ties = caseFile('max-pain-ties-fractional', 'expected.md');

  it.skipIf(ties.absent)('max-pain-ties-fractional: tenths of a coin keep their tie', () => {
    const columns = createColumns(3, 'raw');
    column(columns, 'strike').set([60_000, 60_500, 61_000]);
    column(columns, 'call_open_interest').set([0.2, 0, 0.3]);
    column(columns, 'put_open_interest').set([0.3, 0.3, 0.2]);
    const chain: RawChain = {
      product: 'BTC',
      expiry: '2026-08-28',
      expiry_at: Date.UTC(2026, 7, 28, 8),
      timestamp: Date.UTC(2026, 7, 20),
      epoch: 'case',
      seq: 1,
      source: 'case',
      currency: 'USD',
      spot: 60_400,
      future: 60_450,
      lot_size: 1,
      price_tick: 5,
      quality: [],
      columns,
    };
    const enriched = enrich(chain);
    expect(enriched.summary).toMatchObject({
      max_pain_strike: 60_500,
      max_pain_ties: [60_500, 61_000],
      total_call_oi: 0.5,
      total_put_oi: 0.8,
      pcr_oi: 1.6,
    });
    expect(painCurve(enriched).curve.map(({ pain }) => pain)).toEqual([350, 200, 200]);
  });
});

import { column, createColumns, type RawChain } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { painCurve } from '../services/analytics/pain-curve.ts';
import { createChainEnricher } from '../services/enricher/enrich-chain.ts';
import { reportedCase } from './reported-case.fixture.ts';

const enrich = createChainEnricher({ rate: 0 });

describe('reported cases: figures of a chain', () => {
  const ties = reportedCase('max-pain-ties-fractional', 'expected.md');

  it.skipIf(ties === null)('max-pain-ties-fractional: tenths of a coin keep their tie', () => {
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

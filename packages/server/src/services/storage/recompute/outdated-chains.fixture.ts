import { join } from 'node:path';
import {
  column,
  type EnrichedChain,
  type RawChain,
  type RecomputeOrder,
  type RecomputeProgress,
} from '@deltastream/contracts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { createFiguresAsOf } from '../../analytics/product-figures/figures-as-of.ts';
import { pricedChain } from '../../enricher/chain/chain.fixture.ts';
import { createChainEnricher } from '../../enricher/chain/enrich-chain.ts';
import { recompute } from './recompute.ts';
import { createMarkFile } from './recompute-mark.ts';

const enrich = createChainEnricher({});
const STRIKES = Array.from({ length: 9 }, (_, i) => 23_000 + 250 * i);

export const FIRST_MS = Date.UTC(2026, 7, 19, 6);
export const EXPIRIES = ['2026-08-26', '2026-09-30'] as const;

/** The quotes of an expiry as they were `step` minutes after the first. */
export function quotesAt(
  step: number,
  expiry: string = EXPIRIES[0],
  given: Partial<RawChain> = {},
): RawChain {
  const raw = pricedChain({
    strikes: STRIKES,
    forward: 24_000 + step,
    days: expiry === EXPIRIES[0] ? 7 : 42,
  });
  return { ...raw, expiry, timestamp: FIRST_MS + 60_000 * step, seq: step + 1, ...given };
}

/** What is stored of them today: the enricher's figures. */
export const currentChain = (quotes: RawChain): EnrichedChain => enrich(quotes);

/** What an earlier release might have stored: another volatility, and one figure that it did not have. */
export function outdatedChain(quotes: RawChain): EnrichedChain {
  const chain = enrich(quotes);
  const columns = { ...chain.columns, values: chain.columns.values.slice() };
  const iv = column(columns, 'call_iv');
  for (let i = 0; i < iv.length; i++) iv[i] += 0.01;
  const null_reasons = { ...chain.summary.null_reasons, rr25: 'not_recorded' };
  return { ...chain, columns, summary: { ...chain.summary, rr25: null, null_reasons } };
}

/** Everything of the fixture's day. */
export const ORDER: RecomputeOrder = { from: '2026-08-19T00:00:00Z', to: '2026-08-20T00:00:00Z' };

/** Recomputes all of a store, with a mark in its folder after every chain. */
export const recomputeAll = (
  folder: string,
  store: MarketStore,
  report: (progress: RecomputeProgress) => Promise<void> = async () => undefined,
): Promise<RecomputeProgress> =>
  recompute(
    {
      store,
      writer: store,
      sources: { enrich, ...createFiguresAsOf(store) },
      mark: createMarkFile(join(folder, 'recompute'), ORDER),
      report,
      signal: new AbortController().signal,
    },
    ORDER,
    { turnMs: 0, timeShare: 1, reportMs: 0 },
  );

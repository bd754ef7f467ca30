import type { AlertRuleDraft, ProductFigureValues } from '@deltastream/contracts';
import { type ChainSummary, completeRule, emptySummary, PRODUCT_FIGURE_NAMES } from '@deltastream/contracts';
import type { AlertRule } from '../../../ports/stores/alerts/alert-records.ts';
import type { StoredProductFigures } from '../../../ports/stores/market/market-store.ts';
import type { ObservedChain } from './inputs/chain-inputs.ts';

export const DAY_MS = 86_400_000;
/** A Wednesday, within the sessions of India and Europe. */
export const START_MS = Date.UTC(2026, 7, 19, 6);

/** An armed rule; all that is left out has its default. */
export const alertRule = (
  definition: Omit<AlertRuleDraft, 'name' | 'products'> & Partial<AlertRuleDraft>,
  given: Partial<AlertRule> = {},
): AlertRule => ({
  id: 'rule-1',
  owner: 'local',
  version: 1,
  definition: completeRule({ name: 'A rule', products: '*', ...definition }),
  status: 'armed',
  problem: null,
  createdAt: START_MS,
  updatedAt: START_MS,
  lastFiredAt: null,
  firings: 0,
  ...given,
});

/** A chain as an evaluator takes it, with these figures; those left out are null. */
export const observedChain = (
  given: Partial<ObservedChain> = {},
  figures: Partial<ChainSummary> = {},
): ObservedChain => ({
  product: 'NIFTY',
  expiry: '2026-08-25',
  expiry_at: Date.UTC(2026, 7, 25, 10),
  timestamp: START_MS,
  epoch: 'e1',
  seq: 0,
  source: 'test',
  currency: 'INR',
  spot: 24_000,
  future: null,
  lot_size: 75,
  price_tick: 0.05,
  quality: [],
  ...given,
  summary: emptySummary({ session_phase: 'continuous', ...figures }),
});

/** Figures of a product, null but for these. */
export const productFigures = (
  timestamp: number,
  values: Partial<ProductFigureValues>,
  product = 'NIFTY',
): StoredProductFigures => ({
  product,
  timestamp,
  as_of: timestamp,
  progress: timestamp,
  values: {
    ...(Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, null])) as ProductFigureValues),
    ...values,
  },
});

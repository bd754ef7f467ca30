import Type, { type Static } from 'typebox';
import { CHAIN_FIGURES } from '../figures/chain-figures.ts';
import { figureProperties } from '../figures/schema.ts';
import { NullReasons, nullable } from '../schemas/nullable.ts';
import type { ChainColumns } from './columns.ts';
import { PRODUCT_SYMBOL } from './product-symbol.ts';

/** What is known to be odd about a snapshot. A flagged chain is stored and shown with its flags. */
export const QUALITY_FLAGS = [
  'stale',
  'partial',
  'crossed',
  'zero_spot',
  'no_two_sided_quotes',
  'lot_unknown',
  'lot_inferred',
  'volume_regressed',
  'frozen',
  'expired',
  'tick_inferred',
  'calendar_unknown',
  'spot_frozen',
  'open_interest_carried',
] as const;

export const QualityFlag = Type.Enum([...QUALITY_FLAGS]);
export type QualityFlag = (typeof QUALITY_FLAGS)[number];

export const ProductSymbol = Type.String({
  pattern: PRODUCT_SYMBOL.source,
  description: 'Product symbol as listed by its exchange, upper case',
  examples: ['NIFTY', 'BTC'],
});

export const ExpiryDate = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  description: 'Expiry as a calendar date of the exchange, YYYY-MM-DD',
  examples: ['2026-08-25'],
});

/** The last instant that a Date can hold. */
export const LAST_INSTANT_MS = 8.64e15;
/** Milliseconds since the Unix epoch. */
export const EpochMs = Type.Integer({ minimum: 0, maximum: LAST_INSTANT_MS });

/**
 * Which of several messages about one instant stays: the greatest [generation, epoch, seq], numbers compared as
 * numbers. 0, or absent: a live feed. Every import has a number of its own above those before it; one that
 * keeps what is stored has the negative of it.
 */
export const Generation = Type.Integer({
  minimum: -Number.MAX_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
});

/** What the data is called that a message belongs to, such as "recorded"; absent in messages of older releases. */
export const Dataset = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' });

const Positive = Type.Number({ exclusiveMinimum: 0 });

/** The place of a message in one run of a feed. */
export const Numbered = {
  epoch: Type.String({ minLength: 1, maxLength: 64 }),
  seq: Type.Integer({ minimum: 0 }),
} as const;

/**
 * One product, one expiry, one instant. `seq` rises by one per product and `epoch` (one run of a
 * feed), so that a missing message can be counted. Prices are in `currency` per unit, open interest
 * and volume in contracts of `lot_size` units.
 */
export const ChainHeader = Type.Object({
  product: ProductSymbol,
  expiry: ExpiryDate,
  expiry_at: EpochMs,
  timestamp: EpochMs,
  ...Numbered,
  source: Type.String({ minLength: 1, maxLength: 200 }),
  currency: Type.String({ minLength: 3, maxLength: 8 }),
  spot: nullable(Type.Number({ minimum: 0 })),
  future: nullable(Positive),
  lot_size: nullable(Positive),
  price_tick: nullable(Positive),
  quality: Type.Array(QualityFlag, { maxItems: QUALITY_FLAGS.length }),
  generation: Type.Optional(Generation),
  dataset: Type.Optional(Dataset),
});
export type ChainHeader = Static<typeof ChainHeader>;

/** A chain as it leaves a feed: `RAW_COLUMNS`. */
export interface RawChain extends ChainHeader {
  readonly columns: ChainColumns;
}

/** The figures of one chain. A figure that cannot be computed is null and named in `null_reasons`. */
export const ChainSummary = Type.Object({
  ...figureProperties(CHAIN_FIGURES),
  null_reasons: NullReasons,
});
export type ChainSummary = Static<typeof ChainSummary>;

/** A chain as it leaves the enricher: `ENRICHED_COLUMNS` and its summary. */
export interface EnrichedChain extends ChainHeader {
  readonly summary: ChainSummary;
  readonly columns: ChainColumns;
}

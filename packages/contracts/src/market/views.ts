import Type, { type Static } from 'typebox';
import { isoTime } from '../iso-time.ts';
import { NullableNumber, nullable } from '../schemas/nullable.ts';
import { ChainSummary, type EnrichedChain, ExpiryDate, ProductSymbol, QualityFlag } from './chain.ts';
import { column, type Side } from './columns.ts';
import type { Contract } from './contracts/contract-id.ts';
import { ContractView, contractReader } from './contracts/contract-view.ts';

/** An instant as ISO-8601 UTC with milliseconds. */
export const IsoTime = Type.String({ format: 'date-time', examples: ['2026-08-19T05:57:00.000Z'] });

const ChainIdentity = {
  product: ProductSymbol,
  expiry: ExpiryDate,
  expiry_at: IsoTime,
  timestamp: IsoTime,
  epoch: Type.String(),
  seq: Type.Integer(),
  source: Type.String(),
  currency: Type.String(),
  lot_size: NullableNumber,
  price_tick: nullable(Type.Number({ description: 'Step of the prices; with `tick_inferred`, a guess' })),
  quality: Type.Array(QualityFlag),
};

/** A chain's identity and figures, without its contracts. */
export const ChainSummaryView = Type.Object({ ...ChainIdentity, ...ChainSummary.properties });
export type ChainSummaryView = Static<typeof ChainSummaryView>;

/** A full chain: `strikes[i]`, `calls[i]` and `puts[i]` belong together; null where a side is not listed. */
export const ChainView = Type.Object({
  ...ChainSummaryView.properties,
  strikes: Type.Array(Type.Number()),
  calls: Type.Array(nullable(ContractView)),
  puts: Type.Array(nullable(ContractView)),
});
export type ChainView = Static<typeof ChainView>;

/** The summary as JSON. `extraQuality` adds flags that only the reader can know, such as `stale`. */
export function toChainSummaryView(
  chain: Omit<EnrichedChain, 'columns'>,
  extraQuality: readonly (typeof chain.quality)[number][] = [],
): ChainSummaryView {
  return {
    product: chain.product,
    expiry: chain.expiry,
    expiry_at: isoTime(chain.expiry_at),
    timestamp: isoTime(chain.timestamp),
    epoch: chain.epoch,
    seq: chain.seq,
    source: chain.source,
    currency: chain.currency,
    lot_size: chain.lot_size,
    price_tick: chain.price_tick,
    quality: [...new Set([...chain.quality, ...extraQuality])],
    ...chain.summary,
  };
}

/** The full chain as JSON rows; NaN cells become null. `extraQuality` as of its summary. */
export function toChainView(
  chain: EnrichedChain,
  extraQuality: Parameters<typeof toChainSummaryView>[1] = [],
): ChainView {
  const strikes = Array.from(column(chain.columns, 'strike'));
  return {
    ...toChainSummaryView(chain, extraQuality),
    strikes,
    calls: strikes.map(contractReader(chain, 'call')),
    puts: strikes.map(contractReader(chain, 'put')),
  };
}

/** One contract of a chain as a JSON row; null where its strike or its side is not listed. */
export function toContractView(chain: EnrichedChain, strike: number, side: Side): ContractView | null {
  const i = column(chain.columns, 'strike').indexOf(strike);
  return i < 0 ? null : contractReader(chain, side)(strike, i);
}

/** A contract in one snapshot of its chain. */
export const ContractQuoteView = Type.Object({
  timestamp: IsoTime,
  spot_price: NullableNumber,
  forward: NullableNumber,
  ...Type.Omit(ContractView, ['strike']).properties,
});
export type ContractQuoteView = Static<typeof ContractQuoteView>;

/** A contract in one snapshot; null where that does not list it. */
export function toContractQuoteView(
  chain: EnrichedChain,
  { strike, side }: Pick<Contract, 'strike' | 'side'>,
): ContractQuoteView | null {
  const view = toContractView(chain, strike, side);
  if (view === null) return null;
  const { strike: _, ...quote } = view;
  const { spot_price, forward } = chain.summary;
  return { timestamp: isoTime(chain.timestamp), spot_price, forward, ...quote };
}

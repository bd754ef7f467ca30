import Type, { type Static } from 'typebox';
import { nullable } from '../nullable.ts';
import { ChainSummary, type EnrichedChain, ExpiryDate, ProductSymbol, QualityFlag } from './chain.ts';
import { BUILDUPS, column, IV_STATUSES, type IvStatusName, type Side } from './columns.ts';
import { contractPrice, contractPriceSource } from './contract-price.ts';

const NullableNumber = nullable(Type.Number());

/** An instant as ISO-8601 UTC with milliseconds. */
export const IsoTime = Type.String({ format: 'date-time', examples: ['2026-08-19T05:57:00.000Z'] });

export const isoTime = (epochMs: number): string => new Date(epochMs).toISOString();

/** One option contract as a JSON row. Prices in the quote currency per unit; volume and open interest in contracts. */
export const ContractView = Type.Object({
  strike: Type.Number(),
  price: nullable(Type.Number({ description: 'Premium that the figures use' })),
  price_source: nullable(Type.Enum(['mid', 'last', 'mark'])),
  bid: NullableNumber,
  ask: NullableNumber,
  last_price: NullableNumber,
  mark_price: NullableNumber,
  bid_size: NullableNumber,
  ask_size: NullableNumber,
  volume: NullableNumber,
  open_interest: NullableNumber,
  open_interest_change: NullableNumber,
  previous_close: NullableNumber,
  iv: nullable(Type.Number({ description: 'Annualised, as a fraction' })),
  iv_status: Type.Enum([...IV_STATUSES]),
  delta: nullable(Type.Number({ description: 'Per unit of the forward' })),
  gamma: nullable(Type.Number({ description: 'Per unit of the forward, squared' })),
  theta: nullable(Type.Number({ description: 'Per calendar day' })),
  vega: nullable(Type.Number({ description: 'Per 1.00 of volatility' })),
  rho: nullable(Type.Number({ description: 'Per 1.00 of rate, at a constant forward' })),
  buildup: nullable(Type.Enum([...BUILDUPS])),
});
export type ContractView = Static<typeof ContractView>;

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

/** A whole chain: `strikes[i]`, `calls[i]` and `puts[i]` belong together; null where a side is not listed. */
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

/** The whole chain as JSON rows; NaN cells become null. */
export function toChainView(chain: EnrichedChain): ChainView {
  const strikes = Array.from(column(chain.columns, 'strike'));
  return {
    ...toChainSummaryView(chain),
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

/** Reads the contracts of one side by strike and its position in the columns. */
function contractReader(
  chain: EnrichedChain,
  side: Side,
): (strike: number, i: number) => ContractView | null {
  const of = (name: Parameters<typeof column>[1] extends `${Side}_${infer N}` | 'strike' ? N : never) =>
    column(chain.columns, `${side}_${name}` as Parameters<typeof column>[1]);
  const bid = of('bid');
  const ask = of('ask');
  const last = of('last');
  const mark = of('mark');
  const bidSize = of('bid_size');
  const askSize = of('ask_size');
  const volume = of('volume');
  const openInterest = of('open_interest');
  const openInterestChange = of('open_interest_change');
  const previousClose = of('previous_close');
  const iv = of('iv');
  const status = of('iv_status');
  const delta = of('delta');
  const gamma = of('gamma');
  const theta = of('theta');
  const vega = of('vega');
  const rho = of('rho');
  const buildup = of('buildup');
  return (strike, i) => {
    if (!isListed(bid[i], ask[i], last[i], mark[i], openInterest[i], volume[i])) return null;
    return {
      strike,
      price: orNull(contractPrice(bid[i], ask[i], last[i], mark[i], chain.price_tick)),
      price_source: contractPriceSource(bid[i], ask[i], last[i], mark[i], chain.price_tick),
      bid: orNull(bid[i]),
      ask: orNull(ask[i]),
      last_price: orNull(last[i]),
      mark_price: orNull(mark[i]),
      bid_size: orNull(bidSize[i]),
      ask_size: orNull(askSize[i]),
      volume: orNull(volume[i]),
      open_interest: orNull(openInterest[i]),
      open_interest_change: orNull(openInterestChange[i]),
      previous_close: orNull(previousClose[i]),
      iv: orNull(iv[i]),
      iv_status: (IV_STATUSES[status[i]] ?? 'no_price') as IvStatusName,
      delta: orNull(delta[i]),
      gamma: orNull(gamma[i]),
      theta: orNull(theta[i]),
      vega: orNull(vega[i]),
      rho: orNull(rho[i]),
      buildup: BUILDUPS[buildup[i]] ?? null,
    };
  };
}

/** A contract is listed when its source gave any of these; otherwise only the other side has the strike. */
function isListed(...cells: number[]): boolean {
  return cells.some((cell) => !Number.isNaN(cell));
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

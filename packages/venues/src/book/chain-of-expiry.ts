import type { QualityFlag } from '@deltastream/contracts';
import { listedLot } from '@deltastream/recordings/lots';
import type { UnstampedChain } from '@deltastream/recordings/source';
import { calendarIsUnknown, currentSessionStart, productInfo, spotIsFrozen } from '@deltastream/reference';
import { type Expiry, isPartial, type ProductState } from './product-state.ts';
import type { QuoteCounts } from './quote-counts.ts';

export interface ChainInstants {
  /** Epoch ms of the quotes: the present, or so long before it as they are delayed. */
  readonly now: number;
  /** Of a clock that only rises. */
  readonly nowMs: number;
}

/** The chain of an expiry with what is known of it, as of now. Falls of volume are told once. */
export function chainOfExpiry(
  expiry: Expiry,
  product: ProductState,
  { now, nowMs }: ChainInstants,
  volume: 'session' | 'rolling',
  counts: QuoteCounts,
): UnstampedChain {
  const { listing, date, expiresAt, columns } = expiry;
  const { symbol, currency } = listing;
  const options = [...columns.options.values()];
  const ticks = options.flatMap(({ listing: { priceTick } }) => priceTick ?? []);
  const said = options.find(({ lotSize }) => lotSize !== null)?.lotSize ?? null;
  const lot = said === null ? listedLot(listing, date, now) : { size: said, quality: [] };
  const forward = columns.forward > 0 ? columns.forward : expiry.future;
  const quality: QualityFlag[] = [...lot.quality, ...flagsOf()];
  return {
    product: symbol,
    expiry: date,
    expiry_at: expiresAt,
    timestamp: now,
    currency,
    spot: product.spot > 0 ? product.spot : null,
    future: forward > 0 ? forward : null,
    lot_size: lot.size,
    price_tick: priceTickOf(symbol, ticks, forward),
    quality,
    columns: columns.copy(),
  };

  function flagsOf(): QualityFlag[] {
    const flags: QualityFlag[] = [];
    if (calendarIsUnknown(listing.exchange, now, date)) flags.push('calendar_unknown');
    if (spotIsFrozen(listing, now) || product.isWrong('spot_frozen')) flags.push('spot_frozen');
    if (product.isWrong('frozen')) flags.push('frozen');
    if (isPartial(columns)) flags.push('partial');
    if (columns.openInterestCarried > 0) flags.push('open_interest_carried');
    const session = currentSessionStart(listing.exchange, now);
    const fell = columns.takeVolumeFalls();
    if (volume === 'session' && fell > 0 && session === expiry.sessionStart) {
      flags.push('volume_regressed');
      counts.volume_back += fell;
      product.volumeFell(nowMs);
    }
    if (session !== expiry.sessionStart && !Number.isNaN(expiry.sessionStart)) {
      columns.zeros.newSession(nowMs);
      columns.openInterestZeros.newSession(nowMs);
    }
    expiry.sessionStart = session;
    return flags;
  }
}

/** The smallest step of a chain's prices in the currency of its strikes; that of premiums in coin moves with the forward. */
function priceTickOf(symbol: string, ticks: readonly number[], forward: number): number | null {
  const unit = productInfo(symbol)?.premiumUnit === 'coin' ? forward : 1;
  return ticks.length > 0 && unit > 0 ? Math.min(...ticks) * unit : null;
}

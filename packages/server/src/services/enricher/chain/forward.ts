import { type ChainSummary, column, type RawChain } from '@deltastream/contracts';
import { parityForward } from '@deltastream/quant';
import type { ChainPrices } from './prices.ts';

export interface ChosenForward {
  readonly forward: number | null;
  readonly source: ChainSummary['forward_source'];
}

/** Parity on last trades is believed only from this many strikes, and this near to a known spot. */
const MIN_LAST_STRIKES = 3;
const MAX_LAST_DEVIATION = 0.1; // A fraction of the spot.

/**
 * Forward of the expiry, in this order: put-call parity of mids, the listed future, put-call parity
 * where last trades stand in for mids, spot x e^{rT}. A spot that is frozen is passed as null: it is older than the quotes.
 */
export function chooseForward(
  chain: Pick<RawChain, 'columns' | 'future' | 'spot'>,
  prices: ChainPrices,
  rate: number,
  yearFraction: number,
): ChosenForward {
  const strikes = column(chain.columns, 'strike');
  const discountFactor = Math.exp(-rate * yearFraction);
  const fromMids = parityForward({ strikes, callMid: prices.callMid, putMid: prices.putMid, discountFactor });
  if (fromMids && fromMids.forward > 0) return { forward: fromMids.forward, source: 'parity' };
  if (chain.future !== null) return { forward: chain.future, source: 'future' };
  const fromLasts = parityForward({ strikes, callMid: prices.call, putMid: prices.put, discountFactor });
  if (fromLasts && fromLasts.strikesUsed >= MIN_LAST_STRIKES && isNear(fromLasts.forward, chain.spot)) {
    return { forward: fromLasts.forward, source: 'parity_last' };
  }
  if (chain.spot !== null && chain.spot > 0) {
    return { forward: chain.spot / discountFactor, source: 'spot' };
  }
  return { forward: null, source: null };
}

function isNear(forward: number, spot: number | null): boolean {
  if (!(forward > 0)) return false;
  return spot === null || spot <= 0 || Math.abs(forward / spot - 1) <= MAX_LAST_DEVIATION;
}

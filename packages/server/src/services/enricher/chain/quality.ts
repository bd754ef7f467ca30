import { column, type QualityFlag, type RawChain, SIDE_COLUMNS, SIDES } from '@deltastream/contracts';
import { calendarIsUnknown, productInfo } from '@deltastream/reference';
import { isFrozen } from '../../../kit/chains/closing-auction.ts';

/**
 * Adds the flags that one chain shows by itself to those its feed gave it; the flags that need the
 * chain before it (frozen, partial, volume_regressed) can only come from the feed.
 */
export function chainQuality(chain: RawChain): QualityFlag[] {
  const flags = new Set<QualityFlag>(chain.quality);
  let twoSided = false;
  for (const side of SIDES) {
    const bid = column(chain.columns, SIDE_COLUMNS[side].bid);
    const ask = column(chain.columns, SIDE_COLUMNS[side].ask);
    for (let i = 0; i < bid.length; i++) {
      if (!(bid[i] > 0 && ask[i] > 0)) continue;
      if (bid[i] > ask[i]) flags.add('crossed');
      else twoSided = true;
    }
  }
  if (!twoSided) flags.add('no_two_sided_quotes');
  if (chain.spot === null || chain.spot === 0) flags.add('zero_spot');
  if (chain.lot_size === null) flags.add('lot_unknown');
  if (chain.timestamp >= chain.expiry_at) flags.add('expired');
  const info = productInfo(chain.product);
  if (info && calendarIsUnknown(info.exchange, chain.timestamp, chain.expiry)) flags.add('calendar_unknown');
  if (isFrozen(chain)) flags.add('spot_frozen');
  return [...flags].toSorted();
}

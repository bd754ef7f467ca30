import {
  column,
  type EnrichedChain,
  type getVolatilitySurface,
  IV_STATUSES,
  isoTime,
  SIDE_COLUMNS,
  type Side,
} from '@deltastream/contracts';
import type { Static } from 'typebox';

type Slice = Static<(typeof getVolatilitySurface.schema.response)[200]>['expiries'][number];

const USABLE: ReadonlySet<number> = new Set([IV_STATUSES.indexOf('ok'), IV_STATUSES.indexOf('from_twin')]);

/** Market volatilities of one expiry by ascending strike, and the width of the quotes they come from. */
export interface SurfacePoints {
  readonly strikes: number[];
  readonly iv: number[];
  /** Ask less bid, at least a tick; NaN without a two-sided quote. */
  readonly widths: number[];
}

/**
 * Market volatility of one expiry by strike: the put below the forward, the call from the forward on.
 * Contracts without a usable volatility are left out; without a forward there is no point to show.
 */
export function surfacePoints(chain: EnrichedChain): SurfacePoints {
  const { forward } = chain.summary;
  const points: SurfacePoints = { strikes: [], iv: [], widths: [] };
  if (forward === null) return points;
  const of = (side: Side) => {
    const names = SIDE_COLUMNS[side];
    const [iv, status, bid, ask] = [names.iv, names.iv_status, names.bid, names.ask].map((name) =>
      column(chain.columns, name),
    );
    return { iv, status, bid, ask };
  };
  const sides = { call: of('call'), put: of('put') };
  const leastWidth = chain.price_tick ?? 0;
  for (const [i, strike] of column(chain.columns, 'strike').entries()) {
    const { iv, status, bid, ask } = strike < forward ? sides.put : sides.call;
    if (!(USABLE.has(status[i]) && iv[i] > 0)) continue;
    points.strikes.push(strike);
    points.iv.push(iv[i]);
    points.widths.push(bid[i] > 0 && ask[i] >= bid[i] ? Math.max(ask[i] - bid[i], leastWidth) : Number.NaN);
  }
  return points;
}

export function surfaceSlice(chain: EnrichedChain): Slice {
  const { forward } = chain.summary;
  const { strikes, iv } = surfacePoints(chain);
  return {
    expiry: chain.expiry,
    timestamp: isoTime(chain.timestamp),
    year_fraction: chain.summary.year_fraction,
    forward,
    atm_iv: chain.summary.atm_iv,
    strikes,
    log_moneyness: strikes.map((strike) => Math.log(strike / (forward as number))),
    iv,
  };
}

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

/** Statuses of a volatility that is a market's. */
export const USABLE: ReadonlySet<number> = new Set([
  IV_STATUSES.indexOf('ok'),
  IV_STATUSES.indexOf('from_twin'),
]);

/** Market volatilities of one expiry by ascending strike, and where in the chain they come from. */
export interface SurfacePoints {
  readonly strikes: number[];
  readonly iv: number[];
  readonly rows: number[];
  readonly sides: Side[];
}

/**
 * Market volatility of one expiry by strike: the put below the forward, the call from the forward on.
 * Contracts without a usable volatility are left out; without a forward there is no point to show.
 */
export function surfacePoints(chain: EnrichedChain): SurfacePoints {
  const { forward } = chain.summary;
  const points: SurfacePoints = { strikes: [], iv: [], rows: [], sides: [] };
  if (forward === null) return points;
  const of = (side: Side) => ({
    iv: column(chain.columns, SIDE_COLUMNS[side].iv),
    status: column(chain.columns, SIDE_COLUMNS[side].iv_status),
  });
  const columns = { call: of('call'), put: of('put') };
  for (const [row, strike] of column(chain.columns, 'strike').entries()) {
    const side = strike < forward ? 'put' : 'call';
    const { iv, status } = columns[side];
    if (!(USABLE.has(status[row]) && iv[row] > 0)) continue;
    points.strikes.push(strike);
    points.iv.push(iv[row]);
    points.rows.push(row);
    points.sides.push(side);
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

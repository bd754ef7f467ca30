import {
  column,
  type EnrichedChain,
  type getVolatilitySurface,
  IV_STATUSES,
  isoTime,
} from '@deltastream/contracts';
import type { Static } from 'typebox';

type Slice = Static<(typeof getVolatilitySurface.schema.response)[200]>['expiries'][number];

const USABLE: ReadonlySet<number> = new Set([IV_STATUSES.indexOf('ok'), IV_STATUSES.indexOf('from_twin')]);

/**
 * Market volatility of one expiry by strike: the put below the forward, the call from the forward on.
 * Contracts without a usable volatility are left out; without a forward there is no point to show.
 */
export function surfacePoints(chain: EnrichedChain): { readonly strikes: number[]; readonly iv: number[] } {
  const { forward } = chain.summary;
  const strike = column(chain.columns, 'strike');
  const sides = {
    call: { iv: column(chain.columns, 'call_iv'), status: column(chain.columns, 'call_iv_status') },
    put: { iv: column(chain.columns, 'put_iv'), status: column(chain.columns, 'put_iv_status') },
  };
  const points =
    forward === null
      ? []
      : Array.from(strike, (k, i) => {
          const side = k < forward ? sides.put : sides.call;
          return { k, iv: USABLE.has(side.status[i]) ? side.iv[i] : Number.NaN };
        }).filter(({ iv }) => iv > 0);
  return { strikes: points.map(({ k }) => k), iv: points.map(({ iv }) => iv) };
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

import { column, type EnrichedChain, type getMaxPain, isoTime } from '@deltastream/contracts';
import { maxPain, maxPainCurve } from '@deltastream/quant';
import type { Static } from 'typebox';

type MaxPainResponse = Static<(typeof getMaxPain.schema.response)[200]>;

/** Max pain of a chain with the pain at every listed strike; the curve is empty when nothing is open. */
export function painCurve(chain: EnrichedChain): MaxPainResponse {
  const strikes = column(chain.columns, 'strike');
  const callOi = column(chain.columns, 'call_open_interest');
  const putOi = column(chain.columns, 'put_open_interest');
  const least = maxPain(strikes, callOi, putOi);
  const pains = least ? maxPainCurve(strikes, callOi, putOi) : [];
  return {
    product: chain.product,
    expiry: chain.expiry,
    timestamp: isoTime(chain.timestamp),
    spot_price: chain.summary.spot_price,
    max_pain_strike: least?.strike ?? null,
    max_pain_ties: least?.ties ?? [],
    null_reason: least ? null : (chain.summary.null_reasons.max_pain_strike ?? 'no open interest'),
    count: pains.length,
    curve: Array.from(pains, (pain, i) => ({ strike: strikes[i], pain })),
  };
}

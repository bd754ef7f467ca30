import {
  type ColumnMemory,
  column,
  createColumnMemory,
  type EnrichedChain,
  enrichedColumns,
  freshColumns,
  IV_STATUSES,
  type RawChain,
  SIDES,
} from '@deltastream/contracts';
import { yearFraction as yearFractionBetween } from '@deltastream/quant';
import { settlementIsKnown } from '../../../kit/chains/closing-auction.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { createRateChoice, type RateSettings } from '../rate.ts';
import { chainDefect } from './chain-defect.ts';
import { fillDerivedColumns } from './derived-columns.ts';
import { chooseForward } from './forward.ts';
import { chainPrices, priceTick } from './prices.ts';
import { chainQuality } from './quality.ts';
import { summarise } from './summary.ts';
import { createVolatilitySolver } from './volatility.ts';

const NO_FORWARD = IV_STATUSES.indexOf('no_forward');
const SETTLEMENT_KNOWN = IV_STATUSES.indexOf('settlement_known');

/**
 * Makes the function that computes every figure of a chain. The result depends on the chain and the
 * settings alone (the closure keeps scratch memory only), and the input is not changed.
 * Throws `malformed_message`, permanent, when the chain has a defect.
 *
 * @param memory where the columns of a result go
 */
export function createChainEnricher(
  settings: RateSettings,
  memory: ColumnMemory = freshColumns,
): (chain: RawChain) => EnrichedChain {
  const solve = createVolatilitySolver();
  const premiums = createColumnMemory();
  const rateOf = createRateChoice(settings);
  return (chain) => {
    const defect = chainDefect(chain);
    if (defect !== null) {
      const what = `${chain.product} ${chain.expiry} at ${new Date(chain.timestamp).toISOString()}`;
      throw new DeltaStreamError('malformed_message', `${what}: ${defect}`, { permanent: true });
    }
    const columns = enrichedColumns(chain.columns, memory);
    const { tick, inferred } = priceTick(chain);
    const prices = chainPrices(columns, tick, premiums);
    const yearFraction = Math.max(0, yearFractionBetween(chain.timestamp, chain.expiry_at));
    const quality = chainQuality(chain);
    const spot = quality.includes('spot_frozen') ? null : chain.spot;
    const { rate, source: rateSource } = rateOf(chain, yearFraction);
    const settled = settlementIsKnown(chain);
    const chosen =
      settled && spot !== null && spot > 0
        ? { forward: spot, source: 'spot' as const }
        : chooseForward({ columns: chain.columns, future: chain.future, spot }, prices, rate, yearFraction);
    if (settled || chosen.forward === null) {
      const status = settled ? SETTLEMENT_KNOWN : NO_FORWARD;
      column(columns, 'call_iv_status').fill(status);
      column(columns, 'put_iv_status').fill(status);
    } else {
      solve(columns, prices, {
        forward: chosen.forward,
        rate,
        yearFraction,
        priceTick: tick,
      });
    }
    const { forward } = chosen;
    for (const side of SIDES) {
      fillDerivedColumns({ columns, side, prices: prices[side], forward, rate, yearFraction });
    }
    const inputs = { ...chosen, rate, rateSource, yearFraction, settled, quality };
    const summary = summarise(chain, columns, prices, inputs);
    if (inferred) quality.push('tick_inferred');
    return { ...chain, price_tick: tick, quality, summary, columns };
  };
}

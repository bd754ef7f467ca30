import { column, type RawChain, SIDE_COLUMNS, SIDES } from '@deltastream/contracts';
import { commonStep } from '@deltastream/quant';

const TICKED = ['bid', 'ask', 'last'] as const;

/**
 * The price tick of a chain: its venue's, else inferred from its quotes and trades as their greatest common step; null
 * where they are too few or no decimals.
 */
export function priceTick({ price_tick, columns }: RawChain): { tick: number | null; inferred: boolean } {
  if (price_tick !== null) return { tick: price_tick, inferred: false };
  const prices = SIDES.flatMap((side) => TICKED.map((name) => column(columns, SIDE_COLUMNS[side][name])));
  const tick = commonStep(prices);
  return { tick, inferred: tick !== null };
}

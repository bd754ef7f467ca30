import {
  type ChainColumns,
  type ColumnMemory,
  column,
  contractPrice,
  type RawChain,
  SIDE_COLUMNS,
  SIDES,
  type Side,
  twoSidedMid,
} from '@deltastream/contracts';
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

/** Premiums by strike; NaN where there is none. `callMid` and `putMid` hold two-sided quotes only. */
export interface ChainPrices {
  readonly call: Float64Array;
  readonly put: Float64Array;
  readonly callMid: Float64Array;
  readonly putMid: Float64Array;
}

/** @param tick price tick of the contracts, null when it is not known */
export function chainPrices(columns: ChainColumns, tick: number | null, memory: ColumnMemory): ChainPrices {
  const { count } = columns;
  const cells = memory(count, 4).values;
  const part = (at: number) => cells.subarray(at * count, (at + 1) * count);
  const prices = { call: part(0), put: part(1), callMid: part(2), putMid: part(3) };
  fillSide(columns, 'call', tick, prices.call, prices.callMid);
  fillSide(columns, 'put', tick, prices.put, prices.putMid);
  return prices;
}

function fillSide(
  columns: ChainColumns,
  side: Side,
  tick: number | null,
  price: Float64Array,
  mid: Float64Array,
): void {
  const names = SIDE_COLUMNS[side];
  const bid = column(columns, names.bid);
  const ask = column(columns, names.ask);
  const last = column(columns, names.last);
  const mark = column(columns, names.mark);
  for (let i = 0; i < columns.count; i++) {
    const middle = twoSidedMid(bid[i], ask[i]);
    mid[i] = middle;
    price[i] = Number.isNaN(middle) ? contractPrice(bid[i], ask[i], last[i], mark[i], tick) : middle;
  }
}

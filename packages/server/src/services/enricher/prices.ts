import { type ChainColumns, column, contractPrice, SIDE_COLUMNS, type Side } from '@deltastream/contracts';

/** Premiums by strike; NaN where there is none. `callMid` and `putMid` hold two-sided quotes only. */
export interface ChainPrices {
  readonly call: Float64Array;
  readonly put: Float64Array;
  readonly callMid: Float64Array;
  readonly putMid: Float64Array;
}

export function chainPrices(columns: ChainColumns): ChainPrices {
  const call = sidePrices(columns, 'call');
  const put = sidePrices(columns, 'put');
  return { call: call.price, put: put.price, callMid: call.mid, putMid: put.mid };
}

function sidePrices(columns: ChainColumns, side: Side): { price: Float64Array; mid: Float64Array } {
  const names = SIDE_COLUMNS[side];
  const bid = column(columns, names.bid);
  const ask = column(columns, names.ask);
  const last = column(columns, names.last);
  const mark = column(columns, names.mark);
  const price = new Float64Array(columns.count);
  const mid = new Float64Array(columns.count);
  for (let i = 0; i < columns.count; i++) {
    price[i] = contractPrice(bid[i], ask[i], last[i], mark[i]);
    mid[i] = bid[i] > 0 && ask[i] >= bid[i] ? price[i] : Number.NaN;
  }
  return { price, mid };
}

import { BUILDUPS, type ChainColumns, column, SIDE_COLUMNS, type Side } from '@deltastream/contracts';
import { openInterestBuildup } from '@deltastream/quant';

/**
 * Fills the build-up of one side against the previous close. NaN where the source gave no previous
 * close or no open interest change. A previous close of 0 means "did not trade", not a price.
 */
export function fillBuildup(columns: ChainColumns, side: Side, prices: Float64Array): void {
  const names = SIDE_COLUMNS[side];
  const previousClose = column(columns, names.previous_close);
  const openInterestChange = column(columns, names.open_interest_change);
  const buildup = column(columns, names.buildup);
  for (let i = 0; i < columns.count; i++) {
    const priceChange = previousClose[i] > 0 ? prices[i] - previousClose[i] : Number.NaN;
    const kind = openInterestBuildup(priceChange, openInterestChange[i]);
    buildup[i] = kind === null ? Number.NaN : BUILDUPS.indexOf(kind);
  }
}

import { exchangeDate } from '@deltastream/reference';
import { listedLot } from '../../chains/lots.ts';
import type { StreamFormat } from '../../pages/stream-format.ts';
import { amountCell, BadCell, lotCell, priceCell, shown } from '../../tables/cells.ts';
import { tableHeader } from '../../tables/mismatch.ts';
import { type TableRow, tableStream } from '../../tables/timed-table.ts';
import { kiteContract, kiteInstant } from './kite-symbol.ts';

const COLUMNS = ['timestamp', 'tradingsymbol', 'last_price', 'volume', 'oi'] as const;
/** Columns that a recorder may have added; the first of a name that is there counts. */
const OPTIONAL = {
  segment: ['exchange', 'segment'],
  bid: ['bid', 'bid_price', 'buy_price'],
  ask: ['ask', 'ask_price', 'sell_price'],
  bidSize: ['bid_quantity', 'bid_qty', 'buy_quantity'],
  askSize: ['ask_quantity', 'ask_qty', 'sell_quantity'],
  close: ['close', 'ohlc.close', 'previous_close'],
  spot: ['spot', 'underlying_price'],
  lotSize: ['lot_size'],
} as const;

/**
 * Quotes of Kite kept as rows, one for each contract and instant of the recorder, in time order: open interest and
 * volume in units, divided by the lot, which may have a column of its own. Bid, ask, their sizes, the close of the
 * day before and the price of the underlying are read where a column has them.
 */
export const kiteQuoteCsv: StreamFormat = {
  name: 'Kite quote CSV (timestamp,tradingsymbol,last_price,volume,oi,...)',
  units: 'open interest and volume in units, divided by the lot',
  ...tableHeader(COLUMNS),
  open: () => tableStream({ columns: [...COLUMNS, ...Object.values(OPTIONAL).flat()], row }),
};

function row(cell: (column: string) => string | undefined): TableRow {
  const given = (names: readonly string[]) => names.map(cell).find((text) => text !== undefined) ?? '';
  const price = (name: keyof typeof OPTIONAL) => priceCell(given(OPTIONAL[name]), name);
  const amount = (name: keyof typeof OPTIONAL) => amountCell(given(OPTIONAL[name]), name);
  const text = given(['tradingsymbol']);
  const [prefix, suffix] = text.includes(':') ? text.split(':', 2) : [given(OPTIONAL.segment), text];
  const { listing, expiry, option } = kiteContract(prefix.replace(/-OPT$/, ''), suffix);
  if (!option) throw new BadCell('bad_value', `tradingsymbol is ${shown(text)}, expected that of an option`);
  const timestamp = kiteInstant(given(['timestamp']), 'timestamp');
  if (expiry < exchangeDate(listing.exchange, timestamp)) {
    throw new BadCell('expired', `expiry ${expiry} of ${shown(text)} is before the row's time`);
  }
  const size = lotCell(given(OPTIONAL.lotSize), 'lot_size');
  const lot = size > 0 ? { size, quality: [] } : listedLot(listing, expiry, timestamp);
  const units = lot.size ?? 1;
  return {
    listing,
    timestamp,
    expiry,
    ...option,
    spot: price('spot'),
    lot,
    quote: {
      bid: price('bid'),
      ask: price('ask'),
      last: priceCell(given(['last_price']), 'last_price'),
      bid_size: amount('bidSize'),
      ask_size: amount('askSize'),
      volume: amountCell(given(['volume']), 'volume') / units,
      open_interest: amountCell(given(['oi']), 'oi') / units,
      previous_close: price('close'),
    },
  };
}

import type { Side } from '@deltastream/contracts';
import { listedOn } from '@deltastream/reference';
import { listedLot } from '../../chains/lots.ts';
import { previousCloseOf } from '../../chains/previous-close.ts';
import type { StreamFormat } from '../../pages/stream-format.ts';
import {
  amountCell,
  BadCell,
  exchangeDateCell,
  numberCell,
  priceCell,
  shown,
  sideCell,
  strikeCell,
  words,
} from '../../tables/cells.ts';
import { tableHeader } from '../../tables/mismatch.ts';
import { type TableRow, tableStream } from '../../tables/timed-table.ts';

const COLUMNS = [
  'contract',
  'expiryDate',
  'optionType',
  'strikePrice',
  'lastPrice',
  'change',
  'volume',
  'underlyingValue',
  'openInterest',
  'noOfTrades',
  'datetime',
] as const;

const SIDE_OF = words<Side>({ Call: 'call', Put: 'put' });
const INSTANT = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?([+-]\d{2}:\d{2})$/;

/**
 * NSE's table of traded contracts, recorded every few minutes: only contracts with a trade appear, no bid
 * and ask, no change of open interest. Open interest is in contracts, **volume in units**, divided by the
 * lot here. `closePrice` is 0 for most rows; the previous close is taken from `change`.
 */
export const nseContractCsv: StreamFormat = {
  name: 'NSE contract table CSV (contract,expiryDate,optionType,strikePrice,...,datetime)',
  units: 'open interest in contracts; volume in units, divided by the lot',
  ...tableHeader(COLUMNS),
  open: () => tableStream({ columns: COLUMNS, row }),
};

function row(cell: (column: string) => string): TableRow {
  const [symbol] = cell('contract').split(' ', 1);
  if (!/^[A-Z][A-Z0-9&-]*$/.test(symbol)) {
    throw new BadCell('bad_value', `contract is ${shown(cell('contract'))}, expected a symbol in front`);
  }
  const expiry = exchangeDateCell(cell('expiryDate'), 'expiryDate', 'bad_expiry');
  const side = sideCell(SIDE_OF, cell('optionType'), 'optionType', 'Call or Put');
  const timestamp = instantOf(cell('datetime'));
  const listing = listedOn('NSE', symbol);
  const lot = listedLot(listing, expiry, timestamp);
  const last = priceCell(cell('lastPrice'), 'lastPrice');
  return {
    listing,
    timestamp,
    expiry,
    strike: strikeCell(cell('strikePrice'), 'strikePrice'),
    side,
    spot: amountCell(cell('underlyingValue'), 'underlyingValue'),
    lot,
    quote: {
      last,
      volume: amountCell(cell('volume'), 'volume') / (lot.size ?? 1),
      open_interest: amountCell(cell('openInterest'), 'openInterest'),
      previous_close: previousCloseOf(last, numberCell(cell('change'), 'change')),
    },
  };
}

/** Epoch ms of 'YYYY-MM-DD HH:MM:SS.ffffff+05:30'; what is finer than a millisecond is cut. Throws BadCell. */
function instantOf(text: string): number {
  const parts = INSTANT.exec(text);
  const [, date, time, fraction = '', offset] = parts ?? [];
  const at = parts
    ? Date.parse(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`)
    : Number.NaN;
  if (Number.isNaN(at)) {
    throw new BadCell('bad_timestamp', `datetime is ${shown(text)}, expected YYYY-MM-DD HH:MM:SS+HH:MM`);
  }
  return at;
}

import type { Side } from '@deltastream/contracts';
import { fromExchangeDate, type Listing, localInstant } from '@deltastream/reference';
import { type Lot, listedLot } from '../../chains/lots.ts';
import { namedListing, symbolInName } from '../../pages/recorded-name.ts';
import type { StreamFormat } from '../../pages/stream-format.ts';
import {
  amountCell,
  BadCell,
  numberCell,
  priceCell,
  shown,
  sideCell,
  strikeCell,
  words,
} from '../../tables/cells.ts';
import { tableHeader } from '../../tables/mismatch.ts';
import { type Table, tableStream } from '../../tables/timed-table.ts';

const COLUMNS = [
  'timestamp',
  'expiry',
  'strike',
  'option_type',
  'spot',
  'ltp',
  'volume',
  'oi',
  'oi_chg',
] as const;

const SIDE_OF = words<Side>({ CE: 'call', PE: 'put' });

/**
 * One row per contract and minute: `timestamp` YYYYMMDDHHMM IST, `expiry` DD-Mon-YYYY, open interest and
 * volume in contracts, no bid and ask. The recorder's own IV and greeks are not read: they are no
 * reference. The product is told by the file's name or by the options.
 */
export const minuteCsv: StreamFormat = {
  name: 'minute CSV (timestamp,expiry,strike,option_type,spot,ltp,...)',
  units: 'open interest and volume in contracts',
  ...tableHeader(COLUMNS),
  open: (path, options) => tableStream(minuteTable(namedListing('NSE', symbolInName(path), options))),
};

function minuteTable(listing: Listing): Table {
  /** Of the minute: a lot may be another on the next day. */
  const expiries = new Map<string, { expiry: string; lot: Lot }>();
  let minuteText = '';
  let minute = Number.NaN;

  function expiryOf(text: string): { expiry: string; lot: Lot } {
    const known = expiries.get(text);
    if (known) return known;
    const expiry = fromExchangeDate(text);
    if (!expiry) throw new BadCell('bad_expiry', `expiry is ${shown(text)}, expected DD-Mon-YYYY`);
    const found = { expiry, lot: listedLot(listing, expiry, minute) };
    expiries.set(text, found);
    return found;
  }

  return {
    columns: COLUMNS,
    row: (cell) => {
      const text = cell('timestamp');
      if (text !== minuteText) {
        minute = minuteOf(text);
        minuteText = text;
        expiries.clear();
      }
      const { expiry, lot } = expiryOf(cell('expiry'));
      const side = sideCell(SIDE_OF, cell('option_type'), 'option_type', 'CE or PE');
      return {
        listing,
        timestamp: minute,
        expiry,
        strike: strikeCell(cell('strike'), 'strike'),
        side,
        spot: amountCell(cell('spot'), 'spot'),
        lot,
        quote: {
          last: priceCell(cell('ltp'), 'ltp'),
          volume: amountCell(cell('volume'), 'volume'),
          open_interest: amountCell(cell('oi'), 'oi'),
          open_interest_change: numberCell(cell('oi_chg'), 'oi_chg'),
        },
      };
    },
  };
}

/** Epoch ms of 'YYYYMMDDHHMM' IST. Throws BadCell. */
function minuteOf(text: string): number {
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  const minutes = Number(text.slice(8, 10)) * 60 + Number(text.slice(10));
  const at = /^\d{8}(?:[01]\d|2[0-3])[0-5]\d$/.test(text) ? localInstant('NSE', date, minutes) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new BadCell('bad_timestamp', `timestamp is ${shown(text)}, expected YYYYMMDDHHMM`);
  }
  return at;
}

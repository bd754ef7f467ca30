import { basename } from 'node:path';
import { type Listing, localInstant } from '@deltastream/reference';
import { createChainBuilder, type Quote } from '../../chains/chain-builder.ts';
import { chainReading } from '../../chains/chain-reading.ts';
import { lotOf, toContracts, unitsOfInterest } from '../../chains/lots.ts';
import { previousCloseOf } from '../../chains/previous-close.ts';
import { rejected, spotTick } from '../../chains/reading.ts';
import type { Page, PageFormat, PageReadings } from '../../pages/page-format.ts';
import { pageRows } from '../../pages/page-rows.ts';
import { expiryInFolders, namedListing, saidListing, symbolInName } from '../../pages/recorded-name.ts';
import type { RecordingOptions } from '../../recording-options.ts';
import { amountCell, BadCell, numberCell, priceCell, shown, strikeCell } from '../../tables/cells.ts';
import { csvColumns } from '../../tables/csv-row.ts';
import { tableHeader } from '../../tables/mismatch.ts';
import { createPageExpiry, type PageExpiry } from './nse-page-expiry.ts';

const SIDE_COLUMNS = [
  'OI',
  'ChnginOI',
  'Volume',
  'LTP',
  'NetChng',
  'BidQty',
  'BidPrice',
  'AskPrice',
  'AskQty',
] as const;
type SideColumn = (typeof SIDE_COLUMNS)[number];
type PageColumn = `${'Call' | 'Put'}${SideColumn}` | 'StrikePrice' | 'CurrentVal';
type Positions = Readonly<Record<PageColumn, number>>;

const COLUMNS: readonly PageColumn[] = [
  ...SIDE_COLUMNS.map((name) => `Call${name}` as const),
  'StrikePrice',
  ...SIDE_COLUMNS.map((name) => `Put${name}` as const),
  'CurrentVal',
];

/** PRODUCT_DD-MM-YYYY_HH:MM.csv, India time. */
const NAME = /(?:^|\/)([A-Z0-9&-]+)_(\d{2})-(\d{2})-(\d{4})_(\d{2})[:_.-]?(\d{2})\.csv(?:\.gz|\.xz)?$/;

/**
 * A page of the NSE website as it was until 2020: one product, the nearest expiry, open interest in units,
 * volume in contracts. Product and time stand in the file's name, the expiry nowhere but, where a collector kept
 * several, in the name of the folder (nse-page-expiry.ts).
 */
export const nsePage: PageFormat = {
  name: 'NSE option chain page CSV',
  units: 'open interest in units, divided by the lot; volume in contracts',
  ...tableHeader(COLUMNS),

  timeOf: (path) => {
    const parts = NAME.exec(path);
    if (!parts) {
      throw new BadCell(
        'bad_timestamp',
        `its name is ${shown(basename(path))}, expected PRODUCT_DD-MM-YYYY_HH:MM.csv`,
      );
    }
    const [, , day, month, year, hours, minutes] = parts;
    return localInstant('NSE', `${year}-${month}-${day}`, Number(hours) * 60 + Number(minutes));
  },

  expiryIn: (path, timestamp) => expiryInFolders(path, 'NSE', timestamp),

  reader: (options) => {
    const expiryOf = createPageExpiry(options);
    return (page) => readPage(page, expiryOf, options);
  },
};

function listingOf(path: string, options: RecordingOptions): Listing {
  const [, symbol] = NAME.exec(path) ?? [];
  return symbol ? saidListing('NSE', symbol) : namedListing('NSE', symbolInName(path), options);
}

function* readPage(page: Page, expiryOf: PageExpiry, options: RecordingOptions): PageReadings {
  try {
    yield* chainOf(page, expiryOf, listingOf(page.path, options));
  } catch (error) {
    yield rejected(error, page.where);
  }
}

function* chainOf(page: Page, expiryOf: PageExpiry, listing: Listing): PageReadings {
  const { text, path, timestamp } = page;
  const { at, width } = csvColumns(text, COLUMNS);
  const builder = createChainBuilder();
  let spot = Number.NaN;
  const add = (cells: string[]) => {
    const strike = strikeCell(cells[at.StrikePrice], 'StrikePrice');
    const rowSpot = amountCell(cells[at.CurrentVal], 'CurrentVal');
    const call = sideQuote(cells, at, 'Call');
    const put = sideQuote(cells, at, 'Put');
    builder.add(strike, 'call', call);
    builder.add(strike, 'put', put);
    if (Number.isNaN(spot)) spot = rowSpot;
  };
  yield* pageRows(page, { width, headerLines: 1, add });
  const tick = spotTick(listing, timestamp, spot);
  if (tick) yield tick;
  const columns = builder.build();
  const expiry = expiryOf(listing, path, timestamp, columns);
  const lot = lotOf(listing, expiry, unitsOfInterest(columns), timestamp);
  toContracts(columns, lot);
  yield chainReading({ listing, expiry, timestamp, spot, lot, columns });
}

function sideQuote(cells: string[], at: Positions, side: 'Call' | 'Put'): Quote {
  const read = (cell: (text: string, column: string) => number, name: SideColumn): number => {
    const column = `${side}${name}` as const;
    return cell(cells[at[column]], column);
  };
  const last = read(priceCell, 'LTP');
  return {
    bid: read(priceCell, 'BidPrice'),
    ask: read(priceCell, 'AskPrice'),
    last,
    bid_size: read(amountCell, 'BidQty'),
    ask_size: read(amountCell, 'AskQty'),
    volume: read(amountCell, 'Volume'),
    open_interest: read(amountCell, 'OI'),
    open_interest_change: read(numberCell, 'ChnginOI'),
    previous_close: previousCloseOf(last, read(numberCell, 'NetChng')),
  };
}

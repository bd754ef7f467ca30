import { type ChainColumns, column, SIDES } from '@deltastream/contracts';
import { dayNumber, expiryInstant, productInfo } from '@deltastream/reference';
import type { Rejection } from '../../../source.ts';
import { amountCell, BadCell, numberCell, priceCell, strikeCell } from '../../cells.ts';
import { createChainBuilder, type Quote } from '../../chain-builder.ts';
import { csvColumns, csvRow } from '../../csv-row.ts';
import { lotOf } from '../../lots.ts';
import type { Page, PageFormat } from '../../page-format.ts';
import { previousCloseOf } from '../../previous-close.ts';
import { type Reading, rejected, spotTick } from '../../reading.ts';
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
const NAME = /(?:^|\/)([A-Z0-9&-]+)_(\d{2})-(\d{2})-(\d{4})_(\d{2}):(\d{2})\.csv(?:\.gz|\.xz)?$/;
const INDIA_OFFSET_MS = 330 * 60_000;

/**
 * A page of the NSE website as it was until 2020: one product, the nearest expiry, open interest in units,
 * volume in contracts. Product and time stand in the file's name, the expiry nowhere (nse-page-expiry.ts).
 */
export const nsePage: PageFormat = {
  name: 'NSE option chain page CSV',
  expiryFrom: 'schedule',

  matches: (head) => csvColumns(head.split(/\r?\n/, 1)[0], COLUMNS).missing.length === 0,

  timeOf: (path) => {
    const parts = NAME.exec(path);
    if (!parts) return Number.NaN;
    const [, , day, month, year, hours, minutes] = parts;
    const midnight = dayNumber(`${year}-${month}-${day}`) * 86_400_000;
    return midnight + Number(hours) * 3_600_000 + Number(minutes) * 60_000 - INDIA_OFFSET_MS;
  },

  reader: () => {
    const expiryOf = createPageExpiry();
    return (page) => readPage(page, expiryOf);
  },
};

function* readPage({ text, path, where, timestamp }: Page, expiryOf: PageExpiry): Generator<Reading> {
  const refusal = (rejection: Rejection, reason: string): Reading => ({
    kind: 'rejected',
    rejection,
    where,
    reason,
  });
  const info = productInfo(NAME.exec(path)?.[1] ?? '');
  if (!info) {
    yield refusal('unreadable_member', 'its name has no known product');
    return;
  }
  const [header, ...lines] = text.split(/\r?\n/);
  const { at, width } = csvColumns(header, COLUMNS);
  const builder = createChainBuilder();
  let spot = Number.NaN;
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] === '') continue;
    try {
      const cells = csvRow(lines[i]);
      if (cells.length !== width) {
        throw new BadCell('wrong_column_count', `${cells.length} columns, expected ${width}`);
      }
      const strike = strikeCell(cells[at.StrikePrice], 'StrikePrice');
      const rowSpot = amountCell(cells[at.CurrentVal], 'CurrentVal');
      const call = sideQuote(cells, at, 'Call');
      const put = sideQuote(cells, at, 'Put');
      builder.add(strike, 'call', call);
      builder.add(strike, 'put', put);
      if (Number.isNaN(spot)) spot = rowSpot;
    } catch (error) {
      yield rejected(error, { ...where, line: i + 2 });
    }
  }
  const tick = spotTick(info, timestamp, spot);
  if (tick) yield tick;
  const columns = builder.build();
  const expiry = expiryOf(info, timestamp, columns);
  if (!expiry) {
    yield refusal('bad_expiry', `no expiry of ${info.symbol} is known for its time`);
    return;
  }
  const lot = lotOf(info.symbol, expiry, unitsOfInterest(columns), timestamp);
  toContracts(columns, lot.size ?? 1);
  yield {
    kind: 'chain',
    exchange: info.exchange,
    volume: 'session',
    chain: {
      product: info.symbol,
      expiry,
      expiry_at: expiryInstant(info.exchange, expiry),
      timestamp,
      currency: info.currency,
      spot: Number.isNaN(spot) ? null : spot,
      future: null,
      lot_size: lot.size,
      price_tick: info.priceTick,
      quality: [...lot.quality],
      columns,
    },
  };
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

function unitsOfInterest(columns: ChainColumns): number[] {
  return SIDES.flatMap((side) => Array.from(column(columns, `${side}_open_interest`)));
}

function toContracts(columns: ChainColumns, lotSize: number): void {
  for (const side of SIDES) {
    for (const name of [`${side}_open_interest`, `${side}_open_interest_change`] as const) {
      const cells = column(columns, name);
      for (let i = 0; i < cells.length; i++) cells[i] /= lotSize;
    }
  }
}

import type { Side } from '@deltastream/contracts';
import { lotSize, type ProductInfo, productInfo } from '@deltastream/reference';
import { amountCell, BadCell, priceCell, shown, strikeCell } from '../../cells.ts';
import { type ChainBuilder, createChainBuilder } from '../../chain-builder.ts';
import { csvColumns, csvRow } from '../../csv-row.ts';
import type { Page, PageFormat } from '../../page-format.ts';
import { type Reading, rejected, spotTick } from '../../reading.ts';

const COLUMNS = [
  'timestamp',
  'instrument_name',
  'option_type',
  'strike',
  'expiry_datetime',
  'bid_price',
  'ask_price',
  'mark_price',
  'futures_price',
  'open_interest',
  'volume',
  'currency',
  'index_price',
] as const;

const SIDES: Readonly<Record<string, Side>> = { call: 'call', put: 'put' };

interface ExpirySnapshot {
  readonly info: ProductInfo;
  readonly expiryAt: number;
  readonly spot: number;
  readonly future: number;
  readonly builder: ChainBuilder;
}

/**
 * A full Deribit chain of all coins and expiries at one instant. Premiums are in coin and are converted
 * with the forward of their own row; open interest and volume are in coin, which is contracts of lot 1;
 * volume runs over 24 hours. The venue's mark price goes to `mark`; its IV and greeks are not read, they
 * are computed from the quotes. Spot and future are those of the first row of the product and expiry.
 */
export const deribitPage: PageFormat = {
  name: 'Deribit chain snapshot',

  matches: (head) => csvColumns(head.split(/\r?\n/, 1)[0], COLUMNS).missing.length === 0,

  timeOf: (_path, head) => {
    const [header, first = ''] = head.split(/\r?\n/, 2);
    return Date.parse(csvRow(first)[csvColumns(header, COLUMNS).at.timestamp] ?? '');
  },

  expiryFrom: 'page',

  reader: () => readPage,
};

function* readPage({ text, where, timestamp }: Page): Generator<Reading> {
  const [header, ...lines] = text.split(/\r?\n/);
  const { at, width } = csvColumns(header, COLUMNS);
  const chains = new Map<string, ExpirySnapshot>();
  const spots = new Map<ProductInfo, number>();

  for (let i = 0; i < lines.length; i++) {
    if (lines[i] === '') continue;
    try {
      addRow(csvRow(lines[i]));
    } catch (error) {
      yield rejected(error, { ...where, line: i + 2 });
    }
  }

  function addRow(cells: string[]): void {
    if (cells.length !== width) {
      throw new BadCell('wrong_column_count', `${cells.length} columns, expected ${width}`);
    }
    if (Date.parse(cells[at.timestamp]) !== timestamp) {
      throw new BadCell('bad_timestamp', `timestamp is ${shown(cells[at.timestamp])}, not the page's`);
    }
    const info = productInfo(cells[at.currency]);
    if (info?.premiumUnit !== 'coin') {
      throw new BadCell('bad_value', `currency is ${shown(cells[at.currency])}, expected BTC or ETH`);
    }
    const side = SIDES[cells[at.option_type]];
    if (!side) {
      throw new BadCell(
        'unknown_option_type',
        `option_type is ${shown(cells[at.option_type])}, expected call or put`,
      );
    }
    const expiryAt = Date.parse(cells[at.expiry_datetime]);
    if (Number.isNaN(expiryAt)) {
      throw new BadCell('bad_expiry', `expiry_datetime is ${shown(cells[at.expiry_datetime])}`);
    }
    if (expiryAt < timestamp) {
      throw new BadCell('expired', `expiry ${cells[at.expiry_datetime]} is before the page's time`);
    }
    const strike = strikeCell(cells[at.strike], 'strike');
    const forward = strikeCell(cells[at.futures_price], 'futures_price');
    const spot = priceCell(cells[at.index_price], 'index_price');
    const quote = {
      bid: priceCell(cells[at.bid_price], 'bid_price') * forward,
      ask: priceCell(cells[at.ask_price], 'ask_price') * forward,
      mark: priceCell(cells[at.mark_price], 'mark_price') * forward,
      open_interest: amountCell(cells[at.open_interest], 'open_interest'),
      volume: amountCell(cells[at.volume], 'volume'),
    };
    const key = `${info.symbol} ${expiryAt}`;
    let chain = chains.get(key);
    if (!chain) {
      if (!spots.has(info)) spots.set(info, spot);
      chain = {
        info,
        expiryAt,
        spot: spots.get(info) ?? spot,
        future: forward,
        builder: createChainBuilder(),
      };
      chains.set(key, chain);
    }
    chain.builder.add(strike, side, quote);
  }

  for (const [info, spot] of spots) {
    const tick = spotTick(info, timestamp, spot);
    if (tick) yield tick;
  }
  const ordered = [...chains.values()].sort((a, b) => a.expiryAt - b.expiryAt);
  for (const chain of ordered) yield chainReading(chain, timestamp);
}

function chainReading({ info, expiryAt, spot, future, builder }: ExpirySnapshot, timestamp: number): Reading {
  const expiry = new Date(expiryAt).toISOString().slice(0, 10);
  return {
    kind: 'chain',
    exchange: info.exchange,
    volume: 'rolling',
    chain: {
      product: info.symbol,
      expiry,
      expiry_at: expiryAt,
      timestamp,
      currency: info.currency,
      spot: Number.isNaN(spot) ? null : spot,
      future,
      lot_size: lotSize(info.symbol, expiry),
      price_tick: info.priceTick * future,
      quality: [],
      columns: builder.build(),
    },
  };
}

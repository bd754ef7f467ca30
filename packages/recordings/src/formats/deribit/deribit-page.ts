import type { Side } from '@deltastream/contracts';
import type { Listing } from '@deltastream/reference';
import { type ChainBuilder, createChainBuilder } from '../../chains/chain-builder.ts';
import { listedLot } from '../../chains/lots.ts';
import { type Reading, spotTick } from '../../chains/reading.ts';
import type { Page, PageFormat, PageReadings } from '../../pages/page-format.ts';
import { pageRows } from '../../pages/page-rows.ts';
import { amountCell, BadCell, priceCell, shown, sideCell, strikeCell, words } from '../../tables/cells.ts';
import { csvColumns, firstInstant } from '../../tables/csv-row.ts';
import { tableHeader } from '../../tables/mismatch.ts';
import { deribitListing, priceTickAt } from './deribit-instrument.ts';

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

const SIDES = words<Side>({ call: 'call', put: 'put' });

interface ExpirySnapshot {
  readonly listing: Listing;
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
  units: 'amounts in coins, which are contracts of lot 1; premiums in coin, times the forward',

  ...tableHeader(COLUMNS),

  timeOf: (_path, head) => {
    const { at } = csvColumns(head, COLUMNS);
    return firstInstant(head, (cells) => Date.parse(cells[at.timestamp] ?? ''));
  },

  reader: () => readPage,
};

function* readPage(page: Page): PageReadings {
  const { text, timestamp } = page;
  const { at, width } = csvColumns(text, COLUMNS);
  const chains = new Map<string, ExpirySnapshot>();
  const listings = new Map<string, Listing>();
  const spots = new Map<Listing, number>();

  yield* pageRows(page, { width, headerLines: 1, add: addRow });

  /** Inverse options alone, whose premiums are in the coin that their name begins with. Throws BadCell. */
  function listingOf(currency: string, name: string): Listing {
    if (!name.startsWith(`${currency}-`)) {
      throw new BadCell('bad_value', `currency is ${shown(currency)}, expected the coin of ${shown(name)}`);
    }
    const known = listings.get(currency);
    if (known) return known;
    const { listing } = deribitListing(currency);
    listings.set(currency, listing);
    return listing;
  }

  function addRow(cells: string[]): void {
    if (Date.parse(cells[at.timestamp]) !== timestamp) {
      throw new BadCell('bad_timestamp', `timestamp is ${shown(cells[at.timestamp])}, not the page's`);
    }
    const listing = listingOf(cells[at.currency], cells[at.instrument_name]);
    const side = sideCell(SIDES, cells[at.option_type], 'option_type', 'call or put');
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
    const key = `${listing.symbol} ${expiryAt}`;
    let chain = chains.get(key);
    if (!chain) {
      if (!spots.has(listing)) spots.set(listing, spot);
      chain = {
        listing,
        expiryAt,
        spot: spots.get(listing) ?? spot,
        future: forward,
        builder: createChainBuilder(),
      };
      chains.set(key, chain);
    }
    chain.builder.add(strike, side, quote);
  }

  for (const [listing, spot] of spots) {
    const tick = spotTick(listing, timestamp, spot);
    if (tick) yield tick;
  }
  const ordered = [...chains.values()].sort((a, b) => a.expiryAt - b.expiryAt);
  for (const chain of ordered) yield chainOf(chain, timestamp);
}

function chainOf({ listing, expiryAt, spot, future, builder }: ExpirySnapshot, timestamp: number): Reading {
  const expiry = new Date(expiryAt).toISOString().slice(0, 10);
  const lot = listedLot(listing, expiry, timestamp);
  return {
    kind: 'chain',
    exchange: listing.exchange,
    volume: 'rolling',
    chain: {
      product: listing.symbol,
      expiry,
      expiry_at: expiryAt,
      timestamp,
      currency: listing.currency,
      spot: Number.isNaN(spot) ? null : spot,
      future,
      lot_size: lot.size,
      price_tick: priceTickAt(listing, true, future),
      quality: [...lot.quality],
      columns: builder.build(),
    },
  };
}

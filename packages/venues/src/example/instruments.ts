import {
  BadCell,
  dateCell,
  isObject,
  type Json,
  shown,
  sideCell,
  strike,
  words,
} from '@deltastream/recordings/cells';
import { contractExpiry, listedOn } from '@deltastream/reference';
import { createContractList } from '../connection/listings/contract-list.ts';
import { indianExchange } from '../connection/listings/indian-listings.ts';
import type { Instrument, InstrumentList } from '../instrument.ts';
import { PollFailure } from '../venue.ts';

const SIDES = words({ call: 'call', put: 'put' } as const);

/**
 * What a response lists of these products. A row that is not understood costs itself alone; a response without a list is
 * refused, as an empty list would end all contracts.
 *
 * @param asOf epoch ms at which the venue was asked
 */
export function readInstruments(response: Json, products: readonly string[], asOf: number): InstrumentList {
  const { instruments: rows } = response;
  if (!Array.isArray(rows)) throw new PollFailure('the instruments of Example: the response has no list');
  const list = createContractList(products, asOf);
  for (const row of rows) {
    try {
      const instrument = instrumentOf(row, products);
      if (instrument) list.add(instrument, contractOf(instrument));
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      list.reject(error.message);
    }
  }
  return list.done();
}

/** Null for one of another product. Throws BadCell. */
function instrumentOf(row: unknown, products: readonly string[]): Instrument | null {
  if (!isObject(row)) throw new BadCell('bad_value', 'a row is not an object');
  const { symbol: id, product } = row;
  if (typeof id !== 'string' || typeof product !== 'string')
    throw new BadCell('bad_value', 'a row has no symbol or no product');
  if (!products.includes(product)) return null;
  const listing = listedOn(indianExchange(product, 'Example'), product);
  if (row.type === 'index') return { kind: 'underlying', id, listing };
  if (row.type !== 'option') throw new BadCell('bad_value', `type is ${shown(String(row.type))}`);
  const expiry = dateCell(String(row.expiry), 'expiry', 'bad_expiry');
  return {
    kind: 'option',
    id,
    listing: { ...listing, priceTick: strike(row, 'tick') },
    expiry,
    expiresAt: contractExpiry(listing, expiry),
    strike: strike(row, 'strike'),
    side: sideCell(SIDES, String(row.side), 'side', 'call or put'),
    lotSize: strike(row, 'lot'),
  };
}

/** What makes a contract the same one whatever the venue calls it. */
const contractOf = (instrument: Instrument): string =>
  instrument.kind === 'option'
    ? [instrument.listing.symbol, instrument.expiry, instrument.strike, instrument.side].join(' ')
    : instrument.listing.symbol;

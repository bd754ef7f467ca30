import type { Side } from '@deltastream/contracts';
import {
  BadCell,
  type Json,
  number,
  parseJson,
  price,
  shown,
  sideCell,
  strike,
  words,
} from '@deltastream/recordings/cells';
import { contractExpiry, exchangeDate } from '@deltastream/reference';
import { createContractList } from '../../connection/listings/contract-list.ts';
import {
  createListings,
  type IndianExchange,
  indianExchange,
  indianSettlement,
  tickInRupees,
} from '../../connection/listings/indian-listings.ts';
import type { Instrument, InstrumentList } from '../../instrument.ts';

const SIDES = words<Side>({ CE: 'call', PE: 'put' });
/** Segments whose contracts are options and futures of an exchange. */
const DERIVATIVES: Readonly<Record<IndianExchange, string>> = { NSE: 'NSE_FO', BSE: 'BSE_FO' };
const UNDERLYING = /"underlying_symbol"\s*:\s*"([^"\\]*)"/;

export interface InstrumentReader {
  /** Takes the text of one object of the list of an exchange. */
  row(exchange: IndianExchange, text: string): void;
  done(): InstrumentList;
}

/**
 * Reads Upstox's instrument lists: options and futures of the products, and the key of what they are written on, which each of
 * them names. A row that is not understood is counted and costs itself only; of rows of one key or of one contract the first
 * counts.
 *
 * @param asOf epoch ms at which the list was asked for; contracts that expired on a day before are left out
 */
export function createInstrumentReader(products: readonly string[], asOf: number): InstrumentReader {
  const wanted = new Map(products.map((product) => [product, indianExchange(product, 'Upstox')]));
  const contracts = createContractList(products, asOf);
  const underlyings = new Map<string, Instrument>();
  const listingOf = createListings();

  function contract(row: Json, exchange: IndianExchange, product: string): void {
    const id = keyOf(row, 'instrument_key');
    const expiry = expiryOf(row, exchange);
    if (expiry < exchangeDate(exchange, asOf)) throw new BadCell('expired', `expiry ${expiry} is over`);
    const listing = listingOf(exchange, product, tickInRupees(price(row, 'tick_size')));
    const expiresAt = contractExpiry(listing, expiry);
    if (row.instrument_type === 'FUT') {
      contracts.add({ kind: 'future', id, listing, expiry, expiresAt }, `${product} ${expiry} future`);
      return;
    }
    const side = sideCell(SIDES, String(row.instrument_type), 'instrument_type', 'CE, PE or FUT');
    const terms = { listing, expiry, expiresAt, strike: strike(row, 'strike_price'), side };
    const lot = price(row, 'lot_size');
    const underlying = keyOf(row, 'underlying_key');
    const kind = underlying.startsWith(`${exchange}_INDEX|`) ? 'index' : 'equity';
    const settlement = indianSettlement(exchange, kind, expiry);
    contracts.add(
      { kind: 'option', id, ...terms, lotSize: Number.isInteger(lot) ? lot : null, settlement },
      `${product} ${expiry} ${terms.strike} ${side}`,
    );
    if (underlyings.has(product)) return;
    underlyings.set(product, {
      kind: 'underlying',
      id: underlying,
      listing: listingOf(exchange, product, Number.NaN),
    });
  }

  return {
    row(exchange, text) {
      // Most rows are of other products: they are not parsed.
      const product = UNDERLYING.exec(text)?.[1];
      if (product === undefined || wanted.get(product) !== exchange) return;
      try {
        const row = parseJson(text);
        if (row.segment === DERIVATIVES[exchange]) contract(row, exchange, product);
      } catch (error) {
        if (!(error instanceof BadCell)) throw error;
        contracts.reject(error.rejection);
      }
    },
    done() {
      const list = contracts.done();
      return { ...list, instruments: [...underlyings.values(), ...list.instruments] };
    },
  };
}

function keyOf(row: Json, name: string): string {
  const key = row[name];
  if (typeof key === 'string' && key.includes('|')) return key;
  throw new BadCell('bad_value', `${name} is ${shown(String(key))}, expected one such as NSE_FO|61093`);
}

/** The list gives the end of the day of expiry, epoch ms. */
function expiryOf(row: Json, exchange: IndianExchange): string {
  const at = number(row, 'expiry');
  if (at > 0) return exchangeDate(exchange, at);
  throw new BadCell('bad_expiry', `expiry is ${at}, expected epoch ms`);
}

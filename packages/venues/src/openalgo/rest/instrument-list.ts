import type { Side } from '@deltastream/contracts';
import {
  BadCell,
  lotCell,
  priceCell,
  shown,
  sideCell,
  strikeCell,
  words,
} from '@deltastream/recordings/cells';
import { csvColumns, csvRowOf } from '@deltastream/recordings/csv-row';
import { contractExpiry, exchangeDate, type Listing } from '@deltastream/reference';
import { createContractList } from '../../connection/listings/contract-list.ts';
import {
  createListings,
  type IndianExchange,
  indianExchange,
  tickInRupees,
} from '../../connection/listings/indian-listings.ts';
import type { Instrument, InstrumentList } from '../../instrument.ts';
import { PollFailure } from '../../venue.ts';
import {
  derivativesOf,
  expiryCell,
  futureSymbol,
  openalgoId,
  optionSymbol,
  underlyingSegment,
} from '../symbols.ts';

/** Those that are read; further ones are let pass. */
const COLUMNS = ['symbol', 'exchange', 'expiry', 'strike', 'lotsize', 'instrumenttype', 'tick_size'] as const;
type Cell = (column: (typeof COLUMNS)[number]) => string;

const SIDES = words<Side>({ CE: 'call', PE: 'put' });

interface Product {
  readonly symbol: string;
  readonly exchange: IndianExchange;
  readonly derivatives: string;
  readonly underlyings: string;
}

export interface InstrumentReader {
  /** Those of which tables are needed. */
  readonly segments: ReadonlySet<string>;
  /** Begins a segment's table: takes its first line and returns what takes the others. Throws where a column is missing. */
  table(segment: string, header: string): (line: string) => void;
  done(): InstrumentList;
}

/**
 * Reads OpenAlgo's instrument lists, CSV, of which each segment is a table: options and futures of the products, and what they
 * are written on. The columns say what a contract is; its symbol must say the same, as instruments are asked for by it. A row
 * that is not understood is counted and costs itself only.
 *
 * @param asOf epoch ms at which the lists were asked for; contracts that expired on a day before are left out
 */
export function createInstrumentReader(products: readonly string[], asOf: number): InstrumentReader {
  const listingOf = createListings();
  const wanted = products.map((symbol): Product => {
    const exchange = indianExchange(symbol, 'OpenAlgo');
    const underlyings = underlyingSegment(listingOf(exchange, symbol, Number.NaN), exchange);
    return { symbol, exchange, derivatives: derivativesOf(exchange), underlyings };
  });
  const underlyings = new Map<string, Instrument>();
  const contracts = createContractList(products, asOf);

  function contract(cell: Cell, { symbol: product, exchange, derivatives }: Product): void {
    const expiry = expiryCell(cell('expiry'));
    if (expiry < exchangeDate(exchange, asOf)) throw new BadCell('expired', `expiry ${expiry} is over`);
    const listing = listingOf(exchange, product, tickInRupees(priceCell(cell('tick_size'), 'tick_size')));
    const expiresAt = contractExpiry(listing, expiry);
    const symbol = cell('symbol');
    const id = openalgoId(derivatives, symbol);
    if (cell('instrumenttype') === 'FUT') {
      requireSymbol(symbol, futureSymbol(product, expiry));
      contracts.add({ kind: 'future', id, listing, expiry, expiresAt }, `${product} ${expiry} future`);
      return;
    }
    const side = sideCell(SIDES, cell('instrumenttype'), 'instrumenttype', 'CE, PE or FUT');
    const strike = strikeCell(cell('strike'), 'strike');
    requireSymbol(symbol, optionSymbol(product, expiry, strike, side));
    const lot = lotCell(cell('lotsize'), 'lotsize');
    contracts.add(
      { kind: 'option', id, listing, expiry, expiresAt, strike, side, lotSize: lot > 0 ? lot : null },
      `${product} ${expiry} ${strike} ${side}`,
    );
  }

  function underlying({ symbol, exchange, underlyings: segment }: Product): void {
    if (underlyings.has(symbol)) return;
    const listing: Listing = listingOf(exchange, symbol, Number.NaN);
    underlyings.set(symbol, { kind: 'underlying', id: openalgoId(segment, symbol), listing });
  }

  function row(cell: Cell, segment: string): void {
    if (cell('exchange') !== segment) return;
    const symbol = cell('symbol');
    const code = cell('expiry').replaceAll('-', '');
    for (const product of wanted) {
      if (segment === product.underlyings && symbol === product.symbol) underlying(product);
      // Names may begin with another's, as NIFTYNXT50 does.
      if (segment === product.derivatives && symbol.startsWith(product.symbol + code))
        contract(cell, product);
    }
  }

  return {
    segments: new Set(wanted.flatMap((each) => [each.derivatives, each.underlyings])),
    table(segment, header) {
      const { at, width, missing } = csvColumns(header, COLUMNS);
      if (missing.length > 0)
        throw new PollFailure(
          `the instrument list of ${segment} of OpenAlgo has no column ${missing.join(', ')}: ${shown(header)}: it is empty until OpenAlgo has downloaded the master contracts, after a login to the broker`,
        );
      return (line) => {
        if (line === '') return;
        try {
          const cells = csvRowOf(width, line);
          row((column) => cells[at[column]], segment);
        } catch (error) {
          if (!(error instanceof BadCell)) throw error;
          contracts.reject(error.rejection);
        }
      };
    },
    done() {
      for (const product of products) {
        if (contracts.has(product) && !underlyings.has(product))
          contracts.reject(`no underlying of ${product}`);
      }
      const list = contracts.done();
      return { ...list, instruments: [...underlyings.values(), ...list.instruments] };
    },
  };
}

/** Of two strikes that a broker's list rounds to one symbol, the one that is meant by it is listed. Throws BadCell. */
function requireSymbol(symbol: string, expected: string): void {
  if (symbol === expected) return;
  throw new BadCell('bad_value', `symbol is ${shown(symbol)}, by its columns it is ${shown(expected)}`);
}

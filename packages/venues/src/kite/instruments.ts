import type { Side } from '@deltastream/contracts';
import {
  BadCell,
  dateCell,
  lotCell,
  numberCell,
  priceCell,
  shown,
  sideCell,
  strikeCell,
  words,
} from '@deltastream/recordings/cells';
import { csvColumns, csvRowOf } from '@deltastream/recordings/csv-row';
import { KITE_INDICES, kiteRoot } from '@deltastream/recordings/kite';
import { contractExpiry, exchangeDate, listedOn, lotSize } from '@deltastream/reference';
import { createContractList } from '../connection/listings/contract-list.ts';
import {
  createListings,
  type IndianExchange,
  indianExchange,
} from '../connection/listings/indian-listings.ts';
import type { Instrument, InstrumentList } from '../instrument.ts';

/** Of `GET /instruments/SEGMENT`; further ones are let pass. */
const COLUMNS = [
  'instrument_token',
  'tradingsymbol',
  'name',
  'expiry',
  'strike',
  'tick_size',
  'lot_size',
  'instrument_type',
  'segment',
  'exchange',
] as const;
type Column = (typeof COLUMNS)[number];
type Cell = (column: Column) => string;

const SIDES = words<Side>({ CE: 'call', PE: 'put' });
const DERIVATIVES = words<IndianExchange>({ NFO: 'NSE', BFO: 'BSE' });
const HIGHEST_TOKEN = 0xffff_ffff;

/** Segments of the list that hold the options of an exchange, then its indices and stocks. */
const SEGMENTS: Readonly<Record<IndianExchange, readonly [string, string]>> = {
  NSE: ['NFO', 'NSE'],
  BSE: ['BFO', 'BSE'],
};

/** What is listed at Kite of the products that were asked for. */
export interface KiteInstruments {
  readonly list: InstrumentList;
  /** Units per contract by token. */
  readonly lots: ReadonlyMap<number, number>;
}

/** The segments of the instrument list that are needed for products, each once. */
export function segmentsOf(products: readonly string[]): string[] {
  return [...new Set(products.flatMap((product) => SEGMENTS[indianExchange(product, 'Kite')]))];
}

export interface InstrumentReader {
  /** Begins a segment with its header line; returns what reads each further line. Throws where a column is missing. */
  segment(name: string, header: string): (line: string) => void;
  done(): KiteInstruments;
}

/**
 * Reads Kite's instrument list, CSV: options and futures of the products, and what they are written on. A row that is not
 * understood is counted and costs itself only; of rows of one token or of one contract the first counts.
 *
 * @param asOf epoch ms at which the list was asked for; contracts that expired on a day before are left out
 */
export function createInstrumentReader(products: readonly string[], asOf: number): InstrumentReader {
  const wanted = new Map(products.map((product) => [product, indianExchange(product, 'Kite')]));
  const underlyings = new Map(products.map((product) => [underlyingName(product), product]));
  const contracts = createContractList(products, asOf);
  const lots = new Map<number, number>();
  const listingOf = createListings();

  function add(instrument: Instrument, token: number, contract: string, lot: number | null): void {
    contracts.add(instrument, contract);
    lots.set(token, lot ?? Number.NaN);
  }

  function derivative(cell: Cell, exchange: IndianExchange): void {
    const product = cell('name') || kiteRoot(cell('tradingsymbol'));
    if (product === null || wanted.get(product) !== exchange) return;
    const id = tokenCell(cell('instrument_token'));
    const expiry = dateCell(cell('expiry'), 'expiry', 'bad_expiry');
    if (expiry < exchangeDate(exchange, asOf)) {
      throw new BadCell('expired', `expiry ${expiry} of ${shown(cell('tradingsymbol'))} is over`);
    }
    const listing = listingOf(exchange, product, priceCell(cell('tick_size'), 'tick_size'));
    const expiresAt = contractExpiry(listing, expiry);
    const given = lotCell(cell('lot_size'), 'lot_size');
    const lot = given > 0 ? given : lotSize(product, expiry, asOf, exchange);
    if (cell('instrument_type') === 'FUT') {
      add({ kind: 'future', id, listing, expiry, expiresAt }, id, `${product} ${expiry} future`, lot);
      return;
    }
    const side = sideCell(SIDES, cell('instrument_type'), 'instrument_type', 'CE, PE or FUT');
    const strike = strikeCell(cell('strike'), 'strike');
    add(
      { kind: 'option', id, listing, expiry, expiresAt, strike, side, lotSize: lot },
      id,
      `${product} ${expiry} ${strike} ${side}`,
      lot,
    );
  }

  function underlying(cell: Cell): void {
    const exchange = cell('exchange') as IndianExchange;
    const product = underlyings.get(`${exchange}:${cell('tradingsymbol')}`);
    if (product === undefined) return;
    const isIndex = cell('segment') === 'INDICES';
    // An index and a share may have one name.
    if (isIndex !== (listedOn(exchange, product).kind === 'index')) return;
    const id = tokenCell(cell('instrument_token'));
    const listing = listingOf(exchange, product, Number.NaN);
    add({ kind: 'underlying', id, listing }, id, `${product} underlying`, 1);
  }

  return {
    segment(name, header) {
      const { at, width, missing } = csvColumns(header, COLUMNS);
      if (missing.length > 0) {
        throw new Error(
          `the instrument list of ${name} has no column ${missing.join(', ')}: ${shown(header)}`,
        );
      }
      return (line) => {
        if (line === '') return;
        try {
          const cells = csvRowOf(width, line);
          const cell: Cell = (column) => cells[at[column]];
          const exchange = DERIVATIVES.get(cell('exchange'));
          if (exchange) derivative(cell, exchange);
          else underlying(cell);
        } catch (error) {
          if (!(error instanceof BadCell)) throw error;
          contracts.reject(error.rejection);
        }
      };
    },
    done: () => ({ list: contracts.done(), lots }),
  };
}

/** As Kite calls what the options of a product are written on, with its exchange. */
export function underlyingName(product: string): string {
  for (const [name, symbol] of KITE_INDICES) if (symbol === product) return name;
  return `${indianExchange(product, 'Kite')}:${product}`;
}

function tokenCell(text: string): number {
  const token = numberCell(text, 'instrument_token');
  if (Number.isInteger(token) && token > 0 && token <= HIGHEST_TOKEN) return token;
  throw new BadCell('bad_value', `instrument_token is ${shown(text)}, expected an integer of 32 bits`);
}

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
import { contractExpiry, exchangeDate } from '@deltastream/reference';
import { createContractList } from '../connection/listings/contract-list.ts';
import {
  createListings,
  type IndianExchange,
  indianExchange,
  indianSettlement,
  tickInRupees,
} from '../connection/listings/indian-listings.ts';
import type { Instrument, InstrumentList } from '../instrument.ts';
import { dhanId, SEGMENTS, SEGMENTS_OF } from './instrument-id.ts';

/** Of the detailed scrip master; further ones are let pass. */
export const COLUMNS = [
  'EXCH_ID',
  'SEGMENT',
  'SECURITY_ID',
  'INSTRUMENT',
  'UNDERLYING_SYMBOL',
  'SERIES',
  'LOT_SIZE',
  'SM_EXPIRY_DATE',
  'STRIKE_PRICE',
  'OPTION_TYPE',
  'TICK_SIZE',
] as const;
type Column = (typeof COLUMNS)[number];
type Cell = (column: Column) => string;

const SIDES = words<Side>({ CE: 'call', PE: 'put' });
const OPTIONS: ReadonlySet<string> = new Set(['OPTIDX', 'OPTSTK']);
const FUTURES: ReadonlySet<string> = new Set(['FUTIDX', 'FUTSTK']);
const HIGHEST_SECURITY = 0xffff_ffff;

export interface InstrumentReader {
  /** Takes a line of the table behind the header. */
  row(line: string): void;
  done(): InstrumentList;
}

/**
 * Reads Dhan's scrip master, CSV: options and futures of the products, and what they are written on. An option names its
 * underlying's symbol; the id it gives is the exchange's (26000 for NIFTY) and not Dhan's (13), so that the underlying is found
 * by its own row. A row that is not understood is counted and costs itself only; of rows of one security or of one contract the
 * first counts.
 *
 * @param header first line. Throws where a column is missing
 * @param asOf epoch ms at which the list was asked for; contracts that expired on a day before are left out
 */
export function createInstrumentReader(
  header: string,
  products: readonly string[],
  asOf: number,
): InstrumentReader {
  const { at, width, missing } = csvColumns(header, COLUMNS);
  if (missing.length > 0) {
    throw new Error(`the scrip master of Dhan has no column ${missing.join(', ')}: ${shown(header)}`);
  }
  const wanted = new Map(products.map((product) => [product, indianExchange(product, 'Dhan')]));
  const underlyings = new Map<string, Instrument>();
  const contracts = createContractList(products, asOf);
  const listingOf = createListings();

  function contract(cell: Cell, exchange: IndianExchange, product: string): void {
    const { derivatives } = SEGMENTS_OF[exchange];
    const id = dhanId(SEGMENTS[derivatives], securityCell(cell('SECURITY_ID')));
    const expiry = dateCell(cell('SM_EXPIRY_DATE').slice(0, 10), 'SM_EXPIRY_DATE', 'bad_expiry');
    if (expiry < exchangeDate(exchange, asOf)) throw new BadCell('expired', `expiry ${expiry} is over`);
    const listing = listingOf(exchange, product, tickInRupees(priceCell(cell('TICK_SIZE'), 'TICK_SIZE')));
    const expiresAt = contractExpiry(listing, expiry);
    if (FUTURES.has(cell('INSTRUMENT'))) {
      contracts.add({ kind: 'future', id, listing, expiry, expiresAt }, `${product} ${expiry} future`);
      return;
    }
    const side = sideCell(SIDES, cell('OPTION_TYPE'), 'OPTION_TYPE', 'CE or PE');
    const strike = strikeCell(cell('STRIKE_PRICE'), 'STRIKE_PRICE');
    const lot = lotCell(cell('LOT_SIZE'), 'LOT_SIZE');
    const kind = cell('INSTRUMENT') === 'OPTIDX' ? 'index' : 'equity';
    const settlement = indianSettlement(exchange, kind, expiry);
    const terms = { strike, side, lotSize: lot > 0 ? lot : null, settlement };
    contracts.add(
      { kind: 'option', id, listing, expiry, expiresAt, ...terms },
      `${product} ${expiry} ${strike} ${side}`,
    );
  }

  function underlying(cell: Cell, exchange: IndianExchange, product: string): void {
    const listing = listingOf(exchange, product, Number.NaN);
    const isIndex = cell('INSTRUMENT') === 'INDEX';
    // An index and a share may have one name; of a share there are series beside EQ, and on the BSE groups.
    if (isIndex !== (listing.kind === 'index') || underlyings.has(product)) return;
    if (!isIndex && exchange === 'NSE' && cell('SERIES') !== 'EQ') return;
    const { stocks } = SEGMENTS_OF[exchange];
    const id = dhanId(SEGMENTS[isIndex ? 'IDX_I' : stocks], securityCell(cell('SECURITY_ID')));
    underlyings.set(product, { kind: 'underlying', id, listing });
  }

  return {
    row(line) {
      if (line === '') return;
      try {
        const cells = csvRowOf(width, line);
        const cell: Cell = (column) => cells[at[column]];
        const product = cell('UNDERLYING_SYMBOL');
        const exchange = wanted.get(product);
        if (exchange === undefined || cell('EXCH_ID') !== exchange) return;
        const instrument = cell('INSTRUMENT');
        if (OPTIONS.has(instrument) || FUTURES.has(instrument)) contract(cell, exchange, product);
        else if (instrument === 'INDEX' || instrument === 'EQUITY') underlying(cell, exchange, product);
      } catch (error) {
        if (!(error instanceof BadCell)) throw error;
        contracts.reject(error.rejection);
      }
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

function securityCell(text: string): number {
  const security = numberCell(text, 'SECURITY_ID');
  if (Number.isInteger(security) && security > 0 && security <= HIGHEST_SECURITY) return security;
  throw new BadCell('bad_value', `SECURITY_ID is ${shown(text)}, expected an integer of 32 bits`);
}

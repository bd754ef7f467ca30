import { BadCell } from '@deltastream/recordings/cells';
import type { Instrument, InstrumentList } from '../../instrument.ts';
import { PollFailure } from '../../venue.ts';

/** All contracts of the NSE and the BSE are some 200,000; more of a few products are none, and would take memory without an end. */
const MOST_INSTRUMENTS = 500_000;

/** What was read of a list of instruments so far. */
export interface ContractList {
  /**
   * Adds an instrument. Throws BadCell where its id or its contract is there already: of several the first counts. Throws
   * PollFailure for more than any venue lists.
   *
   * @param contract its identity, whatever its id is
   */
  add(instrument: Instrument, contract: string): void;
  reject(reason: string): void;
  has(product: string): boolean;
  /** The list: futures of the expiries that options have alone. Products without options are among what was rejected. */
  done(): InstrumentList;
}

/** @param asOf epoch ms at which the list was asked for */
export function createContractList(products: readonly string[], asOf: number): ContractList {
  const instruments: Instrument[] = [];
  const rejected = new Map<string, number>();
  const ids = new Set<Instrument['id']>();
  const contracts = new Set<string>();
  const optional = new Set<string>();
  const expiries = new Set<string>();

  const reject = (reason: string) => void rejected.set(reason, (rejected.get(reason) ?? 0) + 1);

  return {
    reject,
    has: (product) => optional.has(product),
    add(instrument, contract) {
      const { id, kind, listing } = instrument;
      if (ids.has(id) || contracts.has(contract))
        throw new BadCell('duplicate', `${contract} is listed twice, or its id ${id} is`);
      if (instruments.length === MOST_INSTRUMENTS)
        throw new PollFailure(`the list has more than ${MOST_INSTRUMENTS} contracts of ${products.join()}`);
      ids.add(id);
      contracts.add(contract);
      instruments.push(instrument);
      if (kind !== 'option') return;
      optional.add(listing.symbol);
      expiries.add(`${listing.symbol} ${instrument.expiry}`);
    },
    done() {
      for (const product of products) if (!optional.has(product)) reject(`no options of ${product}`);
      const kept = instruments.filter(
        (each) => each.kind !== 'future' || expiries.has(`${each.listing.symbol} ${each.expiry}`),
      );
      return { asOf, instruments: kept, rejected };
    },
  };
}

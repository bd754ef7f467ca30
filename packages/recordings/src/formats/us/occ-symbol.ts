import type { Side } from '@deltastream/contracts';
import { dayNumber } from '@deltastream/reference';
import { BadCell, shown } from '../../tables/cells.ts';

/** A contract by the symbology of the Options Clearing Corporation, without the blanks behind the root. */
export interface OccContract {
  readonly root: string;
  /** 'YYYY-MM-DD'. */
  readonly expiry: string;
  readonly side: Side;
  readonly strike: number;
}

/** A digit behind the root marks an adjusted contract, whose deliverable is not 100 shares. */
const CONTRACT = /^([A-Z]{1,6}\d?) *(\d{2})(\d{2})(\d{2})([CP])(\d{8})$/;

/** `SPY260717C00690000`: 690 call of 17 July 2026. Throws BadCell. */
export function occContract(text: string, column: string): OccContract {
  const parts = CONTRACT.exec(text);
  const [, root, year, month, day, side, strike] = parts ?? [];
  const expiry = `20${year}-${month}-${day}`;
  if (!parts || Number.isNaN(dayNumber(expiry)) || Number(strike) === 0) {
    throw new BadCell(
      'bad_value',
      `${column} is ${shown(text)}, expected a contract such as SPY260717C00690000`,
    );
  }
  return { root, expiry, side: side === 'C' ? 'call' : 'put', strike: Number(strike) / 1000 };
}

/** True for the root of contracts whose deliverable is not 100 shares, which are no part of the chain of their product. */
export const isAdjusted = (root: string): boolean => /\d$/.test(root);

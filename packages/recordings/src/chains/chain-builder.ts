import {
  type ChainColumns,
  column,
  createColumns,
  MAX_STRIKES,
  QUOTE_COLUMNS,
  type QuoteColumn,
  type Side,
} from '@deltastream/contracts';
import { BadCell } from '../tables/cells.ts';

/** What a source says of one contract; what it leaves out is "not given". */
export type Quote = Partial<Record<QuoteColumn, number>>;

/** Gathers the contracts of one chain in any order. */
export interface ChainBuilder {
  readonly size: number;
  /**
   * Throws BadCell when the contract was given before. Of a chain that has more strikes than are taken, no more is
   * held than shows it.
   */
  add(strike: number, side: Side, quote: Quote): void;
  /** Columns by ascending strike. */
  build(): ChainColumns;
}

export function createChainBuilder(): ChainBuilder {
  const sides: Record<Side, Map<number, Quote>> = { call: new Map(), put: new Map() };
  return {
    get size() {
      return sides.call.size + sides.put.size;
    },
    add: (strike, side, quote) => {
      if (sides[side].has(strike)) {
        throw new BadCell(
          'duplicate',
          `${side} ${strike} is given twice in this snapshot; the first is kept`,
        );
      }
      if (sides.call.size + sides.put.size <= 2 * MAX_STRIKES) sides[side].set(strike, quote);
    },
    build: () => {
      const strikes = [...new Set([...sides.call.keys(), ...sides.put.keys()])].sort((a, b) => a - b);
      const columns = createColumns(strikes.length, 'raw');
      column(columns, 'strike').set(strikes);
      fill(columns, strikes, 'call', sides.call);
      fill(columns, strikes, 'put', sides.put);
      return columns;
    },
  };
}

/** Cells of what is not given stay as they are made: NaN. */
function fill(columns: ChainColumns, strikes: number[], side: Side, quotes: Map<number, Quote>): void {
  const cells = QUOTE_COLUMNS.map((name) => column(columns, `${side}_${name}`));
  for (let i = 0; i < strikes.length; i++) {
    const quote = quotes.get(strikes[i]);
    if (!quote) continue;
    for (let at = 0; at < cells.length; at++) cells[at][i] = quote[QUOTE_COLUMNS[at]] ?? Number.NaN;
  }
}

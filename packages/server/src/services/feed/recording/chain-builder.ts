import {
  type ChainColumns,
  column,
  createColumns,
  QUOTE_COLUMNS,
  type QuoteColumn,
  type Side,
} from '@deltastream/contracts';
import { BadCell } from './cells.ts';

/** What a source says of one contract; what it leaves out is "not given". */
export type Quote = Partial<Record<QuoteColumn, number>>;

/** Gathers the contracts of one chain in any order. */
export interface ChainBuilder {
  readonly size: number;
  /** Throws BadCell when the contract was given before. */
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
      sides[side].set(strike, quote);
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

function fill(columns: ChainColumns, strikes: number[], side: Side, quotes: Map<number, Quote>): void {
  for (const name of QUOTE_COLUMNS) {
    const cells = column(columns, `${side}_${name}`);
    for (let i = 0; i < strikes.length; i++) cells[i] = quotes.get(strikes[i])?.[name] ?? Number.NaN;
  }
}

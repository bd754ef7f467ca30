import Type, { type Static } from 'typebox';
import {
  CARRIED_FIGURES,
  type CarriedFigure,
  CONTRACT_FIGURE_NAMES,
  CONTRACT_FIGURES,
  LISTING_FIGURES,
  type RowFigureName,
} from '../../figures/contract-figures.ts';
import { figureProperties } from '../../figures/schema.ts';
import type { EnrichedChain } from '../chain.ts';
import { CONTRACT_FIELDS, column, type Side } from '../columns.ts';
import { contractPrice, contractPriceSource } from './contract-price.ts';
import { orNull, SHOWN_CELL, type Shown } from './shown-cell.ts';

/** One option contract as a JSON row. Prices in the quote currency per unit; volume and open interest in contracts. */
export const ContractView = Type.Object({ strike: Type.Number(), ...figureProperties(CONTRACT_FIGURES) });
export type ContractView = Static<typeof ContractView>;

type RowReader = (strike: number, i: number) => ContractView | null;

/** What a row computes because its chain does not carry it. */
const FROM_QUOTES: Readonly<Record<RowFigureName, (...quotes: Parameters<typeof contractPrice>) => Shown>> = {
  price: (...quotes) => orNull(contractPrice(...quotes)),
  price_source: contractPriceSource,
};

const readerOf = compileRowReader();

/** Reads the contracts of one side by strike and its position in the columns; null where the side is not listed. */
export function contractReader({ columns, price_tick }: EnrichedChain, side: Side): RowReader {
  const cells = CONTRACT_FIELDS.filter((each) => each.side === side).map(({ source }) =>
    column(columns, source),
  );
  return readerOf(cells, price_tick);
}

/**
 * Compiled from the catalogue as a validator is from its schema: a row that is filled in a loop over names takes four
 * times as long as one written as a literal, and with its JSON a third longer.
 */
function compileRowReader(): (cells: readonly Float64Array[], tick: number | null) => RowReader {
  const cell = (name: CarriedFigure) => `c${CARRIED_FIGURES.indexOf(name)}[i]`;
  const quotes = `${cell('bid')}, ${cell('ask')}, ${cell('last_price')}, ${cell('mark_price')}, tick`;
  const fields = CONTRACT_FIGURE_NAMES.map((name) => {
    const figure = CONTRACT_FIGURES[name];
    if (figure.from === 'quotes') return `${name}: fromQuotes.${name}(${quotes})`;
    const carried = name as CarriedFigure;
    return `${name}: ${typeof figure.value === 'string' ? 'orNull' : `shown.${name}`}(${cell(carried)})`;
  });
  const body = `
    return ([${CARRIED_FIGURES.map((_, i) => `c${i}`).join(', ')}], tick) => (strike, i) => {
      if (${LISTING_FIGURES.map((name) => `isNaN(${cell(name)})`).join(' && ')}) return null;
      return { strike, ${fields.join(', ')} };
    };`;
  return new Function('fromQuotes', 'shown', 'orNull', body)(FROM_QUOTES, SHOWN_CELL, orNull);
}

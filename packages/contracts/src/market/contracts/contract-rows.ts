/** What makes rows of a chain's contracts: no schemas, so that a thread that exports loads none. */

export {
  CONTRACT_FIGURES,
  type ContractFigure,
  type ContractFigureName,
  PRICE_SOURCES,
} from '../../figures/contract-figures.ts';
export type { EnrichedChain } from '../chain.ts';
export type { ColumnMemory } from '../columns.ts';
export {
  columnsThrough,
  ENRICHED_COLUMNS,
  FIELD_OF_COLUMN,
  QUOTE_COLUMNS,
  SIDE_COLUMNS,
  SIDES,
} from '../columns.ts';
export { contractPrice, contractPriceSource } from './contract-price.ts';
export { SHOWN_CELL } from './shown-cell.ts';

/** What a client of the live data needs at run time: no schemas, so that a browser loads none. */

export { CHAIN_FIGURES, type HistoryFigure } from '../figures/chain-figures.ts';
export { CONTRACT_FIGURES, type ContractFigureName } from '../figures/contract-figures.ts';
export type { Figure, FigureFormat } from '../figures/figure.ts';
export { isPagePath, PAGE_FAMILIES, PAGE_PATHS, type PagePath } from '../pages.ts';
export { isOfExpiries, roomOf } from '../socket/room-name.ts';
export { applyChainDelta } from './chain-delta.ts';
export { expiriesInUse, MAX_EXPIRY_LAG_MS } from './contracts/expiries-in-use.ts';
export { PRODUCT_SYMBOL } from './product-symbol.ts';

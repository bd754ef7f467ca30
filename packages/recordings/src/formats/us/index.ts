/** How symbols of American options are read, for what reads them from a venue itself. */
export { isAdjusted, type OccContract, occContract } from './occ-symbol.ts';

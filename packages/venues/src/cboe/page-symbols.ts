/**
 * The pages that hold several roots or are named otherwise than their root. Index pages begin with an underscore and hold
 * the contracts that settle at the opening and at the close, which are products of their own (Cboe, contract
 * specifications of SPX, NDX, RUT, VIX, XSP and DJX).
 */
const PAGE_OF_ROOT: ReadonlyMap<string, string> = new Map([
  ['SPX', '_SPX'],
  ['SPXW', '_SPX'],
  ['NDX', '_NDX'],
  ['NDXP', '_NDX'],
  ['RUT', '_RUT'],
  ['RUTW', '_RUT'],
  ['VIX', '_VIX'],
  ['VIXW', '_VIX'],
  ['XSP', '_XSP'],
  ['DJX', '_DJX'],
]);

/** The page on which the contracts of a root are. */
export const pageSymbol = (root: string): string => PAGE_OF_ROOT.get(root) ?? root;

import type { MarketReader } from '../../../ports/market-store.ts';

/**
 * Gives an import its number: above those of which the store has rows and those that were given here, and by
 * the clock, so that one that has not stored anything yet comes before this one, too. An import that keeps what
 * is stored gets the negative of it: see Generation.
 */
export function createImportNumbers(store: Pick<MarketReader, 'latestImport'>, now: () => number = Date.now) {
  let last = 0;
  return async (keepExisting: boolean): Promise<number> => {
    const stored = await store.latestImport();
    last = Math.max(now(), stored + 1, last + 1);
    return keepExisting ? -last : last;
  };
}

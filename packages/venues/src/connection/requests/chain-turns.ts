import type { OptionInstrument } from '../../instrument.ts';

/** Whose chain is asked for next, where each request is for that of one expiry. */
export interface ChainTurns {
  /** The options of the chain that waits longest, whose turn comes again after the others; empty where there is none. */
  next(options: readonly OptionInstrument[]): readonly OptionInstrument[];
}

export function createChainTurns(): ChainTurns {
  /** Product and expiry, the one that waits longest first. */
  let waiting: string[] = [];
  return {
    next(options) {
      const chains = Map.groupBy(options, ({ listing, expiry }) => `${listing.symbol} ${expiry}`);
      const kept = waiting.filter((key) => chains.has(key));
      const held = new Set(kept);
      waiting = [...kept, ...[...chains.keys()].filter((key) => !held.has(key))];
      const key = waiting.shift();
      if (key === undefined) return [];
      waiting.push(key);
      return chains.get(key) ?? [];
    },
  };
}

import type { RawChain } from '@deltastream/contracts';

/**
 * The newest chain of each product and expiry that waits to be sent. An older one that was still waiting
 * gives way: it is not sent, and counted by the caller.
 */
export interface Conflation<Chain> {
  /** Keeps the chain until `due`; true when it replaced an older one. */
  hold(chain: Chain): boolean;
  /** Gives up what is held of the chain's product and expiry, because this one is sent; true when there was any. */
  supersede(chain: Chain): boolean;
  /** What is to be sent now, oldest first: everything that is held, once per interval. */
  due(nowMs: number): Chain[];
  held(): number;
}

export function createConflation<Chain extends Pick<RawChain, 'product' | 'expiry'>>(
  intervalMs: number,
): Conflation<Chain> {
  const held = new Map<string, Chain>();
  let dueAt = Number.NEGATIVE_INFINITY;
  const keyOf = ({ product, expiry }: Chain) => `${product}:${expiry}`;
  return {
    hold(chain) {
      // Deleted first, so that the order is that of the chains that are sent.
      const replaced = held.delete(keyOf(chain));
      held.set(keyOf(chain), chain);
      return replaced;
    },
    supersede: (chain) => held.delete(keyOf(chain)),
    due(nowMs) {
      if (nowMs < dueAt || held.size === 0) return [];
      dueAt = nowMs + intervalMs;
      const chains = [...held.values()];
      held.clear();
      return chains;
    },
    held: () => held.size,
  };
}

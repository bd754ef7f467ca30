import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Snapshot } from '../ports/stores/market/market-store.ts';

/** About what a tick, a bar, and the fields of a snapshot take in a store with a server. */
export const ROW_BYTES = 300;
export const FIGURES_BYTES = 1500; // What the figures of a product take, about.
const ENCODE_SLICE = 32; // Chains encoded between two turns of the event loop.

/** What a store keeps of each chain, in their order; everything else gets its turn in between. Rejects with what `encode` throws. */
export async function encodeInTurns<Chain extends Snapshot, Encoded>(
  chains: readonly Chain[],
  encode: (chain: Chain) => Encoded,
): Promise<Encoded[]> {
  const encoded: Encoded[] = [];
  for (const chain of chains) {
    encoded.push(encode(chain));
    if (encoded.length % ENCODE_SLICE === 0 && encoded.length < chains.length) await nextTurn();
  }
  return encoded;
}

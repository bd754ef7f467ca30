import type { Rejection, Where } from '../source.ts';
import type { Reading } from './reading.ts';

/**
 * Lets pass what comes in time order and rejects the rest by name: a second chain of an expiry at one instant,
 * which would take the place of the first wherever it is stored, and what is older than what came before it.
 * Remembers one instant for each product and expiry.
 */
export function createChainOrder(): (reading: Reading, where: Where) => Reading {
  const newest = new Map<string, number>();
  return (reading, where) => {
    if (reading.kind === 'rejected') return reading;
    const isChain = reading.kind === 'chain';
    const { product, timestamp } = isChain ? reading.chain : reading.tick;
    const name = isChain ? `${product} ${reading.chain.expiry}` : product;
    const before = newest.get(`${reading.kind} ${name}`) ?? Number.NEGATIVE_INFINITY;
    const refused = (rejection: Rejection, reason: string): Reading => ({
      kind: 'rejected',
      rejection,
      where,
      reason,
    });
    const at = new Date(timestamp).toISOString();
    if (timestamp < before) {
      return refused(
        'out_of_order',
        `${name} at ${at} is before ${new Date(before).toISOString()}, already passed`,
      );
    }
    if (timestamp === before && isChain) {
      return refused('duplicate', `${name} at ${at} is given by another page, which is kept`);
    }
    newest.set(`${reading.kind} ${name}`, timestamp);
    return reading;
  };
}

import type { RawChain, UnderlyingTick } from '@deltastream/contracts';

export type UnstampedChain = Omit<RawChain, 'epoch' | 'seq' | 'source'>;
export type UnstampedTick = Omit<UnderlyingTick, 'epoch' | 'seq' | 'source'>;

/** Names a run of a source on every message and numbers the messages. */
export interface Stamp {
  chain(chain: UnstampedChain): RawChain;
  tick(tick: UnstampedTick): UnderlyingTick;
}

/** `seq` starts at 1 per product, counted apart for chains and for ticks. */
export function createStamp(epoch: string, source: string): Stamp {
  const chains = new Map<string, number>();
  const ticks = new Map<string, number>();
  return {
    chain: (chain) => ({ ...chain, epoch, source, seq: next(chains, chain.product) }),
    tick: (tick) => ({ ...tick, epoch, source, seq: next(ticks, tick.product) }),
  };
}

function next(counts: Map<string, number>, product: string): number {
  const seq = (counts.get(product) ?? 0) + 1;
  counts.set(product, seq);
  return seq;
}

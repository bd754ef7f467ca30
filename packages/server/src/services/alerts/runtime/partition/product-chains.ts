import { type ChainOrder, type ChainPlace, createChainOrder, type Turn } from '../../intake/chain-order.ts';
import type { Unsettled } from '../../intake/settled-position.ts';
import type { EvaluatedChain } from './partition-evaluator.ts';

/** A chain, and what keeps the place of its stream until it was judged. */
export interface WaitingChain extends EvaluatedChain {
  readonly unsettled: Unsettled;
}

/** How far a product is, with the time of its newest chain. */
export interface ProductPlace extends ChainPlace {
  readonly timestamp: number;
}

/**
 * The chains of one product on their way to its rules: in order, each once, and none while what the rules need of the
 * past is being read.
 */
export interface ProductChains {
  /** Behind the last chain that was judged; null before the first. */
  readonly place: ProductPlace | null;
  /** Chains that wait for others before them. */
  readonly held: number;
  /** Chains that wait for the past. */
  readonly unread: number;
  arrive(chain: WaitingChain, nowMs: number): Turn<WaitingChain>;
  expire(nowMs: number): Turn<WaitingChain>;
}

export interface ProductChainsParts {
  readonly from: ProductPlace | null;
  readonly waitMs: number;
  readonly maxHeld: number;
  /** Wait after the past could not be read, until it is tried again. */
  readonly retryMs: number;
  readonly prepare: (chain: EvaluatedChain) => Promise<void> | null;
  /** `place` is behind this chain. */
  readonly judge: (chain: WaitingChain, place: ProductPlace) => void;
  readonly onUnread: (error: unknown) => void;
}

export function createProductChains(parts: ProductChainsParts): ProductChains {
  const { waitMs, maxHeld, retryMs, from } = parts;
  const order: ChainOrder<WaitingChain> = createChainOrder({ waitMs, maxHeld, from });
  let place = from;
  let unread: WaitingChain[] = [];
  let reading = false;
  let failedAt = Number.NEGATIVE_INFINITY;

  function placeBehind({ epoch, seq, timestamp }: WaitingChain): ProductPlace {
    const replaced = place !== null && place.epoch !== epoch ? place.epoch : (place?.replaced ?? null);
    return { epoch, seq, replaced, timestamp };
  }

  function pastOf(chain: EvaluatedChain): Promise<void> | null {
    return performance.now() - failedAt < retryMs ? null : parts.prepare(chain);
  }

  function judgeAll(chains: readonly WaitingChain[]): void {
    for (const [i, chain] of chains.entries()) {
      const past = reading ? null : pastOf(chain);
      if (past !== null) void read(past);
      if (reading) {
        unread.push(...chains.slice(i));
        return;
      }
      place = placeBehind(chain);
      parts.judge(chain, place);
    }
  }

  async function read(past: Promise<void>): Promise<void> {
    reading = true;
    try {
      await past;
    } catch (error) {
      // Without the past its functions give null, and nothing fires by them.
      failedAt = performance.now();
      parts.onUnread(error);
    }
    reading = false;
    const waiting = unread;
    unread = [];
    judgeAll(waiting);
  }

  const take = (turn: Turn<WaitingChain>): Turn<WaitingChain> => {
    judgeAll(turn.ready);
    return turn;
  };

  return {
    get place() {
      return place;
    },
    get held() {
      return order.held;
    },
    get unread() {
      return unread.length;
    },
    arrive: (chain, nowMs) => take(order.arrive(chain, nowMs)),
    expire: (nowMs) => take(order.expire(nowMs)),
  };
}

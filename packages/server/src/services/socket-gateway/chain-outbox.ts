import type { LatestChain } from './latest-state.ts';

export interface ChainOutbox {
  offer(latest: LatestChain): void;
  /** Sends now whatever of a product waits. */
  flush(product: string): void;
  stop(): void;
}

/** After this much sending in one turn the network gets its turn. */
const SLICE_MS = 5;

/**
 * Chains on their way to the rooms, at most one per expiry: a newer one takes the place of one that still
 * waits, since a chain is a whole picture. One that waits for nothing goes out in the next turn of the
 * event loop; after that the same expiry has to wait for `intervalMs`. A replay at full speed or a burst
 * therefore costs what clients can take, and not their connections.
 */
export function createChainOutbox(
  intervalMs: number,
  send: (latest: LatestChain) => void,
  onReplaced: () => void,
): ChainOutbox {
  const waiting = new Map<string, LatestChain>();
  const sentAt = new Map<string, number>();
  let turn: NodeJS.Immediate | null = null;
  let timer: NodeJS.Timeout | null = null;

  function release(key: string, latest: LatestChain): void {
    waiting.delete(key);
    sentAt.set(key, performance.now());
    send(latest);
  }

  function pump(): void {
    turn = null;
    const startedAt = performance.now();
    let wait = Number.POSITIVE_INFINITY;
    for (const [key, latest] of waiting) {
      const now = performance.now();
      if (now - startedAt >= SLICE_MS) {
        wait = 0;
        break;
      }
      const due = (sentAt.get(key) ?? Number.NEGATIVE_INFINITY) + intervalMs - now;
      if (due <= 0) release(key, latest);
      else wait = Math.min(wait, due);
    }
    for (const [key, at] of sentAt) if (performance.now() - at >= intervalMs) sentAt.delete(key);
    if (waiting.size > 0) schedule(wait);
  }

  function schedule(afterMs: number): void {
    if (turn) return;
    if (timer) clearTimeout(timer);
    timer = null;
    if (afterMs <= 0) turn = setImmediate(pump);
    else timer = setTimeout(pump, Math.ceil(afterMs));
  }

  return {
    offer(latest) {
      const key = `${latest.chain.product}:${latest.chain.expiry}`;
      if (waiting.has(key)) onReplaced();
      waiting.set(key, latest);
      schedule(0);
    },
    flush(product) {
      for (const [key, latest] of waiting) if (latest.chain.product === product) release(key, latest);
    },
    stop() {
      if (turn) clearImmediate(turn);
      if (timer) clearTimeout(timer);
      turn = null;
      timer = null;
      waiting.clear();
    },
  };
}

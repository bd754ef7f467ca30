import type { PriceUpdate } from '@deltastream/contracts';

export interface ConflatedPrices {
  offer(update: PriceUpdate): void;
  start(): void;
  stop(): void;
}

/**
 * Passes on the newest price of each product once per interval; those in between are overwritten.
 * Holds at most one price per product.
 */
export function createConflatedPrices(
  intervalMs: number,
  send: (update: PriceUpdate) => void,
): ConflatedPrices {
  const waiting = new Map<string, PriceUpdate>();
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    for (const update of waiting.values()) send(update);
    waiting.clear();
  }

  return {
    offer: (update) => void waiting.set(update.product, update),
    start() {
      timer ??= setInterval(flush, intervalMs).unref();
    },
    stop() {
      if (timer) clearInterval(timer);
      timer = null;
      waiting.clear();
    },
  };
}

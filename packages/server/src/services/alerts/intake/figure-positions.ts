import type { SettledPosition, Unsettled } from './settled-position.ts';

/**
 * Keeps the position of the stream of product figures before those that a chain may still be judged with: the newest of
 * each product that is older than its chains by the settling time, and all after it. Read again, they are there.
 */
export interface FigurePositions {
  /** Figures of a product came. */
  came(product: string, timestamp: number): void;
  /** Its chains were evaluated up to this time. */
  evaluated(product: string, timestamp: number): void;
  forget(product: string): void;
}

interface Held {
  readonly timestamp: number;
  readonly unsettled: Unsettled;
}

export function createFigurePositions(position: SettledPosition, settleMs: number): FigurePositions {
  const byProduct = new Map<string, Held[]>();
  return {
    came(product, timestamp) {
      const held = byProduct.get(product) ?? [];
      held.push({ timestamp, unsettled: position.hold() });
      byProduct.set(product, held);
    },
    evaluated(product, timestamp) {
      const held = byProduct.get(product);
      if (held === undefined) return;
      while (held.length > 1 && held[1].timestamp <= timestamp - settleMs) held.shift()?.unsettled.settle();
    },
    forget(product) {
      for (const { unsettled } of byProduct.get(product) ?? []) unsettled.settle();
      byProduct.delete(product);
    },
  };
}

import type { Bus } from '../../ports/bus.ts';
import { type Clock, systemClock } from '../../ports/clock.ts';
import type { MarketReader } from '../../ports/stores/market/market-store.ts';

/** The number of the next import, or of a replay; negative where it keeps what is stored: see Generation. */
export type ImportNumbers = (keepExisting: boolean) => Promise<number>;

export interface ImportNumberParts {
  readonly bus: Bus;
  /** Where this process reads one. */
  readonly store?: Pick<MarketReader, 'latestImport'>;
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * Numbers above all that were given on this bus, to whichever process, whatever the clocks show, and above those of
 * which the store has rows. By the clock as well, so that they go on where the bus has lost its own.
 * Rejects with `unavailable` where the bus is away.
 */
export function createImportNumbers({ bus, store, clock = systemClock }: ImportNumberParts): ImportNumbers {
  return async (keepExisting) => {
    const stored = (await store?.latestImport()) ?? 0;
    const number = await bus.nextNumber('imports', Math.max(clock.now(), stored + 1));
    return keepExisting ? -number : number;
  };
}

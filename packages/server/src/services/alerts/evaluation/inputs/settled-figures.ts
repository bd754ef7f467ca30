import type { StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { isLaterFigures } from '../../../../ports/stores/market/market-store.ts';

const MINUTE_MS = 60_000;

/**
 * Minutes that are kept of a product. Chains are behind its figures by seconds, but by hours after a standstill; then
 * figures of the oldest minutes are left out, and those chains have none.
 */
const MOST_MINUTES = 240;

/**
 * Figures of one product as chains have them. Those of a minute count from its end plus a settle time on, in the time of the
 * chains: figures are published some time after the chains that they are of, and stores keep the last ones of each minute,
 * so that chains that are evaluated live and those read from a store have the same ones.
 */
export interface SettledFigures {
  /** Without chains, as of a product that no rule looks at, only the newest are kept. */
  add(figures: StoredProductFigures, hasChains: boolean): void;
  /** Those in force for a chain of this time, which does not fall; null: none. */
  at(atMs: number): StoredProductFigures | null;
}

export function createSettledFigures(settleMs: number): SettledFigures {
  /** The last ones of each minute, ascending; from the ones in force on. */
  const minutes: StoredProductFigures[] = [];
  /** The one that is under way, those that settle, and the one in force. */
  const newestMinutes = Math.ceil(settleMs / MINUTE_MS) + 2;
  const isSettled = ({ timestamp }: StoredProductFigures, atMs: number) =>
    (minuteOf(timestamp) + 1) * MINUTE_MS + settleMs <= atMs;

  return {
    add(figures, hasChains) {
      const most = hasChains ? MOST_MINUTES : newestMinutes;
      const minute = minuteOf(figures.timestamp);
      const place = minutes.findLastIndex(({ timestamp }) => minuteOf(timestamp) <= minute);
      const known = minutes[place];
      if (known !== undefined && minuteOf(known.timestamp) === minute) {
        if (!isLaterFigures(known, figures)) minutes[place] = figures;
      } else {
        minutes.splice(place + 1, 0, figures);
        if (minutes.length > most) minutes.splice(0, minutes.length - most);
      }
    },
    at(atMs) {
      while (minutes.length > 1 && isSettled(minutes[1], atMs)) minutes.shift();
      return minutes.length > 0 && isSettled(minutes[0], atMs) ? minutes[0] : null;
    },
  };
}

const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS);

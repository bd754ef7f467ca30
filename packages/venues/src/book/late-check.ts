/**
 * After a newer quote come older ones for moments. Where nothing newer comes for so long, the newer one's time was wrong, or the
 * venue's clock was set back: without an end the contract would stand still for as long as the clock was ahead.
 */
const LONGEST_LATE_MS = 300_000; // Far longer than a request over HTTP may be on its way.

/** Tells quotes that are late from those of a venue whose clock was set back. Asked of older ones alone. */
export interface LateCheck {
  /**
   * @param cell whose quote it is
   * @param heldAt the venue's instant of what is held, which is later than that of the quote
   * @param nowMs of a clock that only rises
   */
  isLate(cell: number, heldAt: number, nowMs: number): boolean;
  /** Cells are those of other contracts now. */
  clear(): void;
}

export function createLateCheck(): LateCheck {
  /** By cell: what was held when the first late one came, and when that was. */
  const runs = new Map<number, { readonly heldAt: number; readonly sinceMs: number }>();
  return {
    isLate: (cell, heldAt, nowMs) => {
      const run = runs.get(cell);
      if (run?.heldAt !== heldAt) {
        runs.set(cell, { heldAt, sinceMs: nowMs });
        return true;
      }
      if (nowMs - run.sinceMs < LONGEST_LATE_MS) return true;
      runs.delete(cell);
      return false;
    },
    clear: () => runs.clear(),
  };
}

/** Share of a strike step that the forward goes beyond the middle between two strikes before the window moves. */
const HYSTERESIS = 0.25; // A forward that moves about the middle by less than half a step leaves the window where it is.

/** A window of strikes about the money. */
export interface StrikeWindow {
  /**
   * The strikes to follow: `each` on both sides of the one at the money, ascending. At the money is what is nearest the
   * forward, else the spot; where neither is known (not above 0), all are followed. At a boundary the window stays
   * where it is until the price is clearly beyond it.
   *
   * @param strikes listed strikes, ascending
   */
  around(strikes: readonly number[], forward: number, spot: number): readonly number[];
}

/** `each` strikes on each side, or all. */
export function createStrikeWindow(each: number | 'all'): StrikeWindow {
  let money = Number.NaN;
  return {
    around: (strikes, forward, spot) => {
      const price = forward > 0 ? forward : spot;
      if (each === 'all' || strikes.length === 0 || !(price > 0)) return strikes;
      const nearest = nearestIndex(strikes, price);
      const held = strikes.indexOf(money);
      const middle = held >= 0 && !isClearlyNearer(strikes, nearest, held, price) ? held : nearest;
      money = strikes[middle];
      return strikes.slice(Math.max(0, middle - each), middle + each + 1);
    },
  };
}

function isClearlyNearer(strikes: readonly number[], nearest: number, held: number, price: number): boolean {
  if (Math.abs(nearest - held) !== 1) return nearest !== held;
  const [from, to] = [strikes[held], strikes[nearest]];
  return Math.abs(price - from) > (0.5 + HYSTERESIS) * Math.abs(to - from);
}

function nearestIndex(strikes: readonly number[], price: number): number {
  let low = 0;
  let high = strikes.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (strikes[middle] < price) low = middle + 1;
    else high = middle;
  }
  return low > 0 && price - strikes[low - 1] <= strikes[low] - price ? low - 1 : low;
}

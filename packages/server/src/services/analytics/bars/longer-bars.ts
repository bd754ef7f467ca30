import { type Bar, type BarInterval, mergeBars } from '@deltastream/contracts';

/**
 * Bars of a longer interval from shorter ones in time order. `startOf` gives the start of the longer bar
 * that an instant lies in; longer bars must be multiples of the shorter ones.
 */
export function rollUp(
  bars: readonly Bar[],
  interval: BarInterval,
  startOf: (epochMs: number) => number,
): Bar[] {
  const longer: Bar[] = [];
  for (const bar of bars) {
    const part: Bar = { ...bar, interval, start: startOf(bar.start) };
    const last = longer.at(-1);
    if (last?.start === part.start) longer[longer.length - 1] = mergeBars(last, part);
    else longer.push(part);
  }
  return longer;
}

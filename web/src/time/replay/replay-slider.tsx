import { useEffect, useRef, useState } from 'react';
import { useFormat } from '../../preferences/use-preferences.tsx';

/** A drag is one seek, not one for each pixel: everyone would follow it. */
const SETTLED_MS = 300;
/** Until then the replay is where it was sought, or says that it is not. */
const SOUGHT_MS = 2_000;

interface ReplaySliderProps {
  /** ISO-8601, all of them. */
  readonly from: string;
  readonly to: string;
  readonly at: string;
  /** Null for who may not seek. */
  readonly onSeek: ((at: string) => void) | null;
}

/** Where the replay is between its beginning and its end; who may, seeks with it. */
export function ReplaySlider({ from, to, at, onSeek }: ReplaySliderProps) {
  const { instant } = useFormat();
  const [sought, setSought] = useState<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const [min, max] = [Date.parse(from), Date.parse(to)];
  if (onSeek === null) {
    return (
      <progress
        className="day-range"
        aria-label="Place in the replay"
        aria-valuetext={instant(at)}
        value={Date.parse(at) - min}
        max={max - min}
      />
    );
  }
  function seek(next: number): void {
    setSought(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      onSeek?.(new Date(next).toISOString());
      timer.current = setTimeout(() => setSought(null), SOUGHT_MS);
    }, SETTLED_MS);
  }
  const shown = sought ?? Date.parse(at);
  return (
    <input
      type="range"
      className="day-range"
      aria-label="Instant of the replay, for everyone"
      aria-valuetext={instant(new Date(shown).toISOString())}
      min={min}
      // At its end nothing of it is shown any more.
      max={max - 1}
      step={1_000}
      value={shown}
      onChange={({ target }) => seek(Number(target.value))}
    />
  );
}

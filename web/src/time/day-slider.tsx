import { useEffect, useRef, useState } from 'react';

/** A drag moves the dashboard at most this often. */
const DRAG_MS = 150;

interface SliderProps {
  readonly first: string;
  readonly last: string;
  readonly shown: string;
  /** The instant as a reader is told it. */
  readonly text: string;
  readonly onMove: (at: string) => void;
}

/** The day from its first to its last snapshot. While dragged it moves by itself, the dashboard after it. */
export function DaySlider({ first, last, shown, text, onMove }: SliderProps) {
  const [dragged, setDragged] = useState<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const newest = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  function drag(instant: number): void {
    newest.current = instant;
    setDragged(instant);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      onMove(new Date(newest.current).toISOString());
      setDragged(null);
    }, DRAG_MS);
  }

  return (
    <input
      type="range"
      className="day-range"
      aria-label="Instant within the day"
      aria-valuetext={text}
      min={Date.parse(first)}
      max={Date.parse(last)}
      step={1_000}
      value={dragged ?? Date.parse(shown)}
      onChange={({ target }) => drag(Number(target.value))}
    />
  );
}

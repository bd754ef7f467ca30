import { useEffect, useEffectEvent, useState } from 'react';

export const SPEEDS = [1, 5, 15, 60, 300] as const;
export type Speed = (typeof SPEEDS)[number];

/** The instant moves this often, however fast it is played. */
const STEP_MS = 500;

/**
 * Plays the store: moves the instant by the time that passed, times the speed, until `end`. Time is measured by the
 * monotonic clock, so a clock that is set does not jump the replay.
 */
export function usePlaying(at: string | null, end: string | null, move: (at: string) => void) {
  const [speed, setSpeed] = useState<Speed>(15);
  const [playing, setPlaying] = useState(false);
  const runs = playing && at !== null;

  const advance = useEffectEvent((passedMs: number) => {
    if (at === null) return;
    const next = Date.parse(at) + passedMs * speed;
    const last = end === null ? Number.POSITIVE_INFINITY : Date.parse(end);
    if (next >= last) setPlaying(false);
    move(new Date(Math.min(next, last)).toISOString());
  });

  useEffect(() => {
    if (!runs) return;
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      advance(now - before);
      before = now;
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [runs]);

  return { playing: runs, setPlaying, speed, setSpeed };
}

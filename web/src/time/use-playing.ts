import { useEffect, useEffectEvent, useState } from 'react';
import { type AtEnd, type Played, playOn } from './play-on.ts';

export const SPEEDS = [1, 5, 15, 60, 300] as const;
export type Speed = (typeof SPEEDS)[number];

/** The instant moves this often, however fast it is played. */
const STEP_MS = 500;
const UNKNOWN: Played = { first: null, last: null };

/**
 * Plays the store: moves the instant by the time that passed, times the speed, until the end of the day. Time is measured
 * by the monotonic clock, so a clock that is set does not jump the replay.
 */
export function usePlaying(at: string | null, day: Played | null, move: (at: string | null) => void) {
  const [speed, setSpeed] = useState<Speed>(15);
  const [atEnd, setAtEnd] = useState<AtEnd>('stop');
  const [playing, setPlaying] = useState(false);
  const runs = playing && at !== null;

  const advance = useEffectEvent((passedMs: number) => {
    if (at === null) return;
    const next = playOn(at, passedMs * speed, day ?? UNKNOWN, atEnd);
    if (!next.playing) setPlaying(false);
    if (next.at !== at) move(next.at);
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

  return { playing: runs, setPlaying, speed, setSpeed, atEnd, setAtEnd };
}

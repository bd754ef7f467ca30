import { Pause, Play, StepBack, StepForward } from 'lucide-react';
import { useKey } from '../keys/keys.tsx';
import { IconButton } from './icon-button.tsx';
import { AT_END, type AtEnd } from './play-on.ts';
import { SPEEDS, type Speed, type usePlaying } from './use-playing.ts';

interface PlayControlsProps {
  readonly playback: ReturnType<typeof usePlaying>;
  /** Plays, or pauses. */
  readonly play: () => void;
  readonly stepBy: (direction: 1 | -1) => void;
}

/** Step, play and pause, how fast, and what comes at the end of the day; each by a key, too. */
export function PlayControls({ playback, play, stepBy }: PlayControlsProps) {
  const { playing, speed, setSpeed, atEnd, setAtEnd } = playback;
  const faster = (by: 1 | -1) => setSpeed(SPEEDS[SPEEDS.indexOf(speed) + by] ?? speed);
  useKey(',', 'One snapshot back', () => stepBy(-1));
  useKey('.', 'One snapshot forward', () => stepBy(1));
  useKey('p', 'Play or pause', play);
  useKey('[', 'Play slower', () => faster(-1));
  useKey(']', 'Play faster', () => faster(1));
  useKey('r', 'Play again and again, or stop at the end', () => setAtEnd(atEnd === 'loop' ? 'stop' : 'loop'));
  return (
    <>
      <IconButton name="One snapshot back" keys="," onClick={() => stepBy(-1)}>
        <StepBack aria-hidden size={16} />
      </IconButton>
      <IconButton name={playing ? 'Pause' : 'Play'} keys="p" onClick={play}>
        {playing ? <Pause aria-hidden size={16} /> : <Play aria-hidden size={16} />}
      </IconButton>
      <IconButton name="One snapshot forward" keys="." onClick={() => stepBy(1)}>
        <StepForward aria-hidden size={16} />
      </IconButton>
      <select
        aria-label="Speed"
        title="Speed ([ and ])"
        value={speed}
        onChange={({ target }) => setSpeed(Number(target.value) as Speed)}
      >
        {SPEEDS.map((each) => (
          <option key={each} value={each}>
            {each}x
          </option>
        ))}
      </select>
      <select
        aria-label="At the end"
        title="At the end (r)"
        value={atEnd}
        onChange={({ target }) => setAtEnd(target.value as AtEnd)}
      >
        {Object.entries(AT_END).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </>
  );
}

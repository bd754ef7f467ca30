import type { ReplayState, RequestOf, Routes } from '@deltastream/client';
import { useMutation } from '@tanstack/react-query';
import { Pause, Play, StepBack, StepForward } from 'lucide-react';
import { useKey } from '../../keys/keys.tsx';
import { REPLAY_SPEEDS, type ReplaySpeed, speedText } from '../../market/status/replay-text.ts';
import { IconButton } from '../icon-button.tsx';
import { useStep } from '../use-snapshots.ts';

type Command = RequestOf<Routes['controlReplay']>;

interface ReplayControlsProps {
  readonly replay: ReplayState;
  readonly tell: (command: Command) => void;
  /** Asks what is to be played in its place. */
  readonly onAsk: () => void;
}

/** Step, pause, speed and stop of the replay that everyone sees; each but the last by a key, too. */
export function ReplayControls({ replay, tell, onAsk }: ReplayControlsProps) {
  const { state, speed, at, from, recording } = replay;
  const step = useStep();
  const runs = state === 'playing';
  const ended = state === 'ended';
  // A recording need not be stored, and what is stored is found by the store alone.
  const canGoBack = recording === null && at !== null && from !== null && at > from;
  const back = useMutation({ mutationFn: async () => (at === null ? null : step(at, -1)) });
  const goBack = () => {
    if (!canGoBack || back.isPending) return;
    back.mutate(undefined, {
      onSuccess: (before) => tell({ action: 'seek', at: before !== null && before > from ? before : from }),
    });
  };
  const goForward = () => !ended && tell({ action: 'step' });
  // At its end it begins anew.
  const play = () => tell({ action: runs ? 'pause' : 'resume' });
  const speeds = speedsWith(speed);
  const faster = (by: 1 | -1) => {
    const next = speeds[speeds.indexOf(speed) + by];
    if (next !== undefined) tell({ action: 'speed', speed: next });
  };
  useKey(',', 'Replay: one snapshot back', goBack);
  useKey('.', 'Replay: one instant forward', goForward);
  useKey('p', 'Replay: pause or resume', play);
  useKey('[', 'Replay: slower', () => faster(-1));
  useKey(']', 'Replay: faster', () => faster(1));
  return (
    <>
      <IconButton name="One snapshot back, for everyone" keys="," disabled={!canGoBack} onClick={goBack}>
        <StepBack aria-hidden size={16} />
      </IconButton>
      <IconButton
        name={`${runs ? 'Pause' : ended ? 'Play again' : 'Resume'}, for everyone`}
        keys="p"
        onClick={play}
      >
        {runs ? <Pause aria-hidden size={16} /> : <Play aria-hidden size={16} />}
      </IconButton>
      <IconButton name="One instant forward, for everyone" keys="." disabled={ended} onClick={goForward}>
        <StepForward aria-hidden size={16} />
      </IconButton>
      <select
        aria-label="Speed of the replay"
        title="Speed of the replay ([ and ])"
        value={String(speed)}
        onChange={({ target }) => tell({ action: 'speed', speed: speedIn(target.value) })}
      >
        {speeds.map((each) => (
          <option key={each} value={String(each)}>
            {speedText(each)}
          </option>
        ))}
      </select>
      <button type="button" title="The live market is shown again" onClick={() => tell({ action: 'stop' })}>
        Stop
      </button>
      <button type="button" title="Play another range or recording to everyone" onClick={onAsk}>
        Replay…
      </button>
    </>
  );
}

/** Those that are offered, with that of a replay that was begun elsewhere in its place. */
function speedsWith(speed: ReplaySpeed): readonly ReplaySpeed[] {
  const offered: readonly ReplaySpeed[] = REPLAY_SPEEDS;
  if (offered.includes(speed)) return offered;
  const rank = (each: ReplaySpeed) => (each === 'max' ? Number.POSITIVE_INFINITY : each);
  return [...offered, speed].sort((a, b) => rank(a) - rank(b));
}

const speedIn = (text: string): ReplaySpeed => (text === 'max' ? 'max' : Number(text));

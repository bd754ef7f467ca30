import type { ReplayState } from '@deltastream/client';
import { useAddress } from '../../market/address/use-address.ts';
import { instantOf, replayState, replayTerms } from '../../market/status/replay-text.ts';
import { useServerAction } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { ReplayControls } from './replay-controls.tsx';
import { ReplaySlider } from './replay-slider.tsx';
import { useControlsReplay } from './use-replay.ts';

interface ReplayBarProps {
  readonly replay: ReplayState;
  /** Asks what is to be played in its place. */
  readonly onAsk: () => void;
}

/** The replay that everyone sees: what it shows, and for who may, its controls. */
export function ReplayBar({ replay, onAsk }: ReplayBarProps) {
  const [, change] = useAddress();
  const controls = useControlsReplay();
  const control = useServerAction('controlReplay');
  const at = instantOf(replay);
  const { from, to } = replay;
  return (
    <section className="time-bar replay" aria-label="Time">
      <strong className="replay-mark">REPLAY</strong>
      {controls && <ReplayControls replay={replay} tell={control.mutate} onAsk={onAsk} />}
      <button
        type="button"
        aria-label="As of this instant, on this page alone"
        title="As of this instant, on this page alone"
        onClick={() => at !== null && change({ at })}
      >
        As of
      </button>
      {from !== null && to !== null && at !== null && (
        <ReplaySlider
          from={from}
          to={to}
          at={at}
          onSeek={controls ? (sought) => control.mutate({ action: 'seek', at: sought }) : null}
        />
      )}
      <ReplayFacts replay={replay} />
      {control.error && (
        <span className="flag" role="alert">
          {control.error.message}
        </span>
      )}
    </section>
  );
}

/** What is played, where it is, and what comes at its end. */
function ReplayFacts({ replay }: Pick<ReplayBarProps, 'replay'>) {
  const format = useFormat();
  const at = instantOf(replay);
  const { from, to, recording } = replay;
  const range =
    from !== null && to !== null && `${format.instant(from)} to ${format.timeOfDay(to, new Date(from))}`;
  return (
    <div className="replay-facts">
      <p className="shown-at">
        {/* The instant would be read out each second. */}
        <span role="status">{replayState(replay)}</span>
        {at !== null && (
          <>
            , <time dateTime={at}>{format.instant(at)}</time>
          </>
        )}
      </p>
      <p className="replay-range">{[recording, range, replayTerms(replay)].filter(Boolean).join('; ')}</p>
    </div>
  );
}

import type { ReplayState } from '@deltastream/client';
import { replayState, underWay } from '../../market/status/replay-text.ts';
import { useMarketStatus } from '../../market/status/use-market-status.ts';
import { useControlsReplay } from './use-replay.ts';

const MOST_NAMED = 3; // What fits beside the controls.

interface ReplayNoteProps {
  /** One that failed since the page was opened. */
  readonly failed: ReplayState | null;
  readonly onAsk: () => void;
}

/** Of a replay that this page does not show: of other products, or while it shows an instant; for who may, the way to begin one. */
export function ReplayNote({ failed, onAsk }: ReplayNoteProps) {
  const controls = useControlsReplay();
  const replay = underWay(useMarketStatus()?.replay);
  return (
    <>
      {replay !== null && (
        <span className="flag" role="status">
          {replayState(replay)}: {namesOf(replay.products)}
        </span>
      )}
      {failed && (
        <span className="flag" role="alert">
          replay failed: {failed.reason}
        </span>
      )}
      {controls && (
        <button type="button" title="Play a stored range or a recording to everyone" onClick={onAsk}>
          Replay…
        </button>
      )}
    </>
  );
}

function namesOf(products: readonly string[]): string {
  const named = products.slice(0, MOST_NAMED).join(', ');
  const others = products.length - MOST_NAMED;
  return others > 0 ? `${named} and ${others} more` : named;
}

import './time-bar.css';
import './replay/replay.css';
import { lazy, Suspense, useState } from 'react';
import { underWay } from '../market/status/replay-text.ts';
import { useMarketStatus } from '../market/status/use-market-status.ts';
import { useMarketView } from '../market/view/market-view.tsx';
import { ReplayBar } from './replay/replay-bar.tsx';
import { useFailedReplay, useShownReplay } from './replay/use-replay.ts';
import { StoredTimeBar } from './stored-time-bar.tsx';

const ReplayDialog = lazy(async () => ({
  default: (await import('./replay/replay-dialog.tsx')).ReplayDialog,
}));

/** Live, an instant of the past, or the replay that the server shows to everyone: never says live of a recording. */
export function TimeBar() {
  const { at } = useMarketView();
  const replay = useShownReplay();
  const failed = useFailedReplay();
  const anyReplay = underWay(useMarketStatus()?.replay);
  // Here, as a replay that begins or ends changes the bar, and not what is being asked.
  const [asking, setAsking] = useState(false);
  const ask = () => setAsking(true);
  return (
    <>
      {at === null && replay !== null ? (
        <ReplayBar replay={replay} onAsk={ask} />
      ) : (
        <StoredTimeBar failed={failed} onAsk={ask} />
      )}
      {asking && (
        <Suspense>
          <ReplayDialog replay={anyReplay} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </>
  );
}
